import { expect, test } from '@jest/globals'
import type { Ask, History, Tools } from '../../commands/command'
import { writers } from '../../commands/writers'
import { calmWeather, type Storm } from '../../src/diagnosis/storm/storm'
import type { Watched, Writes } from '../../src/diagnosis/writes/writes'
import { growTree } from '../../src/diagnosis/writes/tree'
import { look, member } from '../support/build'
import { NOON, clusterConfig, seen } from '../watch/story'

type Wanted = Parameters<Tools['writers']>[1]

const tree = growTree()
tree.add(['/app/', 'a'], 'update', 10)
tree.settle(1)

const WRITES: Writes = {
  endpoint: 'http://10.0.0.2:2379',
  forMs: 10_000,
  watchedMs: 10_000,
  seen: 1,
  revisions: 1,
  revisionsSeen: 1,
  tree: tree.root,
  cut: undefined,
}

type Scene = {
  readonly watched?: Watched
  readonly observed?: Awaited<ReturnType<Tools['observe']>>
  /** null: nobody has looked yet. */
  readonly storm?: Partial<Storm> | null
  readonly ageMs?: number
  readonly trouble?: string
  readonly may?: Ask['may']
  readonly none?: true
}

const scene = ({ watched, observed, storm, ageMs = 0, trouble, may, none }: Scene = {}) => {
  const asked: Wanted[] = []
  const lines: string[] = []
  const history = {
    trouble: () => trouble,
    standing: async () => {
      if (trouble !== undefined) throw new Error(trouble)
      if (storm === null) return undefined
      return { lookedAt: NOON - ageMs, weather: { ...calmWeather(NOON), ...storm } }
    },
  } as unknown as History
  const tools = {
    config: () => ({ clusters: [clusterConfig()] }),
    observe: async () => observed ?? seen(NOON),
    writers: async (_: unknown, wanted: Wanted) => {
      asked.push(wanted)
      wanted.onSoFar({ seen: 1, elapsedMs: 3001, sampled: true })
      return watched ?? { kind: 'watched', writes: WRITES }
    },
    now: () => NOON,
    ...(none === undefined && { history }),
  } as unknown as Tools
  const ask = (...words: readonly string[]): Ask => ({
    words,
    may: may ?? (() => true),
    onProgress: (line) => void lines.push(line),
    signal: new AbortController().signal,
  })
  return { asked, lines, run: (...words: readonly string[]) => writers.run(ask(...words), tools) }
}

test('it watches all keys for 10 s, or what was asked, with progress', async () => {
  const { asked, lines, run } = scene()
  const answer = await run()
  expect(answer.headline).toBe(
    'Production: 0.1 writes a second, 1 B a second; 100 % of the writes go to /app/a.',
  )
  expect(answer.unseen).toEqual(['which clients wrote: etcd does not keep that'])
  await run('prod', '30s', '--prefix', '/registry/')
  await run('prod', '5', '—prefix=/a b') // as phones write it
  expect(asked.map(({ forMs, prefix }) => [forMs, prefix])).toEqual([
    [10_000, undefined],
    [30_000, '/registry/'],
    [5000, '/a b'],
  ])
  expect(lines).toContain('Watching, 3 s of 10 s: 1 write seen, sampled…')
})

test.each([
  [['prod', '31'], /1s to 30s.*have “31”/],
  [['prod', '0'], /1s to 30s/],
  [['prod', '10', '20'], /have “10 20”/],
  [['prod', '--prefix'], /--prefix takes the beginning of a key/],
  [['prod', '--depth', '3'], /no option “--depth”: there are --prefix P and --force/],
  [['prd'], /There is no cluster “prd”. Did you mean prod\?/],
])('%j is refused with the cure', async (words, text) => {
  const { asked, run } = scene()
  const answer = await run(...words)
  expect(answer.headline).toMatch(text)
  expect(answer.severity).toBe('unknown')
  expect(asked).toEqual([])
})

test('a viewer may not', async () => {
  const { asked, run } = scene({ may: (role) => role === 'viewer' })
  expect((await run('prod')).headline).toContain('takes the operator role')
  expect(asked).toEqual([])
})

test('while a storm warning is open it wants --force, and says how to ask', async () => {
  const storm = { openedAt: NOON - 60_000, worst: 'warning', state: 'watch' } as const
  const { asked, run } = scene({ storm })
  expect((await run('prod', '20', '--prefix', '/a/')).headline).toBe(
    'Not now: on Production a storm warning has been open since 2026-11-22 11:59:00 UTC, and a watch makes a member send every write once more. If you need it all the same: “writers prod 20s --prefix /a/ --force”.',
  )
  expect(asked).toEqual([])
  expect((await run('prod', '--force')).severity).toBe('ok')
  expect(asked).toHaveLength(1)
})

test('a storm watch alone does not stop it', async () => {
  const { run } = scene({ storm: { openedAt: NOON, worst: 'watch', state: 'watch' } })
  expect((await run('prod')).severity).toBe('ok')
})

test('a store that cannot be read is no calm; where there is none, that is said', async () => {
  const lost = scene({ trouble: 'Redis does not answer' })
  expect((await lost.run('prod')).headline).toContain(
    'whether a storm warning is open cannot be told: Redis does not answer',
  )
  const forced = await lost.run('prod', '--force')
  expect(forced.unseen.join()).toContain('whether a storm warning is open: Redis does not answer')
  const terminal = await scene({ none: true }).run('prod')
  expect(terminal.unseen.join()).toContain('there is no store here')
})

test('a watch that stands still does not know; one that never looked says so', async () => {
  const stale = scene({ ageMs: 20 * 60_000 })
  expect((await stale.run('prod')).headline).toContain('the watch last looked 20 min ago')
  const fresh = await scene({ storm: null }).run('prod')
  expect(fresh.unseen.join()).toContain('nobody has watched it yet')
})

test('a cluster without a leader is spared', async () => {
  const leaderless = look([1, 2, 3].map((n) => member(n, { leaderId: undefined })))
  const { asked, run } = scene({ observed: leaderless })
  expect((await run('prod')).headline).toMatch(/sees no leader now.*--force/)
  const down = scene({ observed: look([1, 2, 3].map((n) => member(n, { lost: 'refused' }))) })
  expect((await down.run('prod', '--force')).headline).toMatch(
    /No member of Production can be watched/,
  )
  expect([...asked, ...down.asked]).toEqual([])
})

test('who may not read is told which right is missing and how to grant it', async () => {
  const why = { kind: 'denied', text: 'etcdserver: permission denied' } as const
  const { run } = scene({ watched: { kind: 'denied', user: 'stormwatch', why } })
  const answer = await run('prod', '--prefix', "/it's/")
  expect(answer).toMatchObject({
    severity: 'unknown',
    headline: expect.stringContaining('The etcd user stormwatch lacks READ on the keys under /it'),
    action: {
      run: "etcdctl role add stormwatch-writers && etcdctl role grant-permission stormwatch-writers read '/it'\\''s/' --prefix && etcdctl user grant-role stormwatch stormwatch-writers",
    },
  })
  expect((await run('prod')).action?.run).toContain("read '' --prefix")
  const nobody = scene({ watched: { kind: 'denied', user: undefined, why } })
  expect((await nobody.run('prod')).headline).toContain('clusters.prod.writers')
  const wrong = { kind: 'denied', text: 'logging in: etcdserver: authentication failed' } as const
  const locked = scene({ watched: { kind: 'denied', user: 'u', why: wrong } })
  expect((await locked.run('prod')).headline).toContain('does not let the user u in')
})

test('a run that is under way, and members that cannot be watched, are told', async () => {
  const busy = scene({ watched: { kind: 'busy', sinceMs: 4000, forMs: 30_000 } })
  expect((await busy.run('prod')).headline).toBe(
    'Production is being watched for its writers already, since 4 s and for 30 s: one watch at a time. Ask again when it is over.',
  )
  const why = { kind: 'reset', text: 'the connection broke in the middle' } as const
  const lost = scene({
    watched: { kind: 'failed', tried: [{ endpoint: 'http://10.0.0.1:2379', why }] },
  })
  expect((await lost.run('prod')).headline).toBe(
    'No member of Production could be watched: 10.0.0.1:2379: the connection broke in the middle.',
  )
})
