import { expect, test } from '@jest/globals'
import { baseline } from '../../commands/baseline'
import type { History } from '../../commands/command'
import { diagnose } from '../../commands/diagnose'
import { dispatch } from '../../commands/dispatch'
import { silence } from '../../commands/silence'
import { silences } from '../../commands/silences'
import { status } from '../../commands/status'
import { storms } from '../../commands/storms'
import { unsilence } from '../../commands/unsilence'
import { looksOf } from '../../src/diagnosis/window/look'
import type { Outlook } from '../../src/diagnosis/usual/outlook'
import { HOUR, MINUTE, NOON, elections, seen } from '../watch/story'
import { CALM, NOW, cells, historyOf, scene, story, type Kept } from './kept'

test.each([storms, baseline])('$name says why the past cannot be told', async (command) => {
  const none = scene({ none: true })
  expect((await command.run(none.ask('prod'), none.tools)).headline).toContain(
    'there is no store here',
  )
  const away = scene({ trouble: 'ECONNREFUSED' })
  const answer = await command.run(away.ask('prod'), away.tools)
  expect(answer).toMatchObject({ severity: 'unknown' })
  expect(answer.headline).toContain('ECONNREFUSED')
})

test.each([storms, baseline])(
  '$name says so when the store goes away meanwhile',
  async (command) => {
    const { tools, ask } = scene()
    let trouble: string | undefined
    const lost = async () => {
      trouble = 'Redis does not answer'
      throw new Error('Connection is closed')
    }
    const history: History = {
      ...historyOf(tools),
      stories: lost,
      baseline: lost,
      trouble: () => trouble,
    }
    const answer = await command.run(ask('prod'), { ...tools, history })
    expect(answer.headline).toMatch(/ cannot be told: Redis does not answer\.$/)
    const faulty = { ...history, trouble: () => undefined }
    await expect(command.run(ask('prod'), { ...tools, history: faulty })).rejects.toThrow(
      'Connection is closed',
    )
  },
)

test('a silence has an end, a reason and a name, and can be lifted', async () => {
  const { tools, ask, stand } = scene()
  const made = await silence.run(ask('prod', '2h', 'disk', 'is', 'replaced'), tools)
  expect(made.headline).toBe('Production is silenced for 2 h, until 2026-11-22 15:00:00 UTC.')
  expect(stand).toMatchObject([
    { cluster: 'prod', from: NOW, until: NOW + 2 * HOUR, by: 'U1', reason: 'disk is replaced' },
  ])
  expect(cells(await silences.run(ask(), tools))).toEqual([
    ['prod', '2026-11-22 15:00:00 UTC', '2 h', 'U1', 'disk is replaced'],
  ])
  expect((await unsilence.run(ask('prod'), tools)).headline).toBe(
    '1 silence of Production ended, set by U1.',
  )
  expect((await unsilence.run(ask('prod'), tools)).headline).toBe('Production was not silenced.')
})

test.each(['29m', '25h', 'soon', undefined])(
  'a silence of %s is refused, and what is taken is said',
  async (word) => {
    const { tools, ask, stand } = scene()
    const answer = await silence.run(ask('prod', ...(word === undefined ? [] : [word])), tools)
    expect(answer.headline).toContain('A silence takes 30m to 24h')
    expect(stand).toEqual([])
  },
)

test('only operators silence', async () => {
  const { tools, ask, stand } = scene({}, (role) => role === 'viewer')
  expect((await silence.run(ask('prod', '1h'), tools)).headline).toContain('operator')
  expect((await unsilence.run(ask('prod'), tools)).headline).toContain('operator')
  expect(stand).toEqual([])
})

const STORMY = {
  ...CALM,
  state: 'warning',
  severity: 'critical',
  headline: 'Storm warning, 3 elections: the disk of m1 is slow',
  since: NOW - 10 * MINUTE,
} as const

test('status in a storm is what the watch says, however well one look is', async () => {
  const storm = story({ since: NOW - 10 * MINUTE, until: undefined })
  const { tools, ask } = scene({ standing: { ...STORMY, storm } })
  const answer = await status.run(ask('prod'), tools)
  expect(answer).toMatchObject({ state: 'warning', severity: 'critical' })
  expect(answer.headline).toMatch(
    /^The watch says: Storm warning, 3 elections: the disk of m1 is slow \(10 min, 12 elections, disk on m1\)\. One look now: .*well/,
  )
  expect(answer.action?.ask).toBe('diagnose prod')
  expect(answer.json).toMatchObject({ watch: { state: 'warning', since: NOW - 10 * MINUTE } })
})

test('status of a calm cluster says for how long the watch saw that, and then the past is seen', async () => {
  const { tools, ask } = scene()
  const answer = await status.run(ask('prod'), tools)
  expect(answer.severity).toBe('ok')
  expect(answer.facts[0]).toBe('The watch: calm for 60 min, last look 5 s ago.')
  expect(answer.unseen).toEqual([])
  const young = scene({ standing: { ...CALM, since: NOW - MINUTE } })
  expect((await status.run(young.ask('prod'), young.tools)).unseen).toContain(
    'what was before 2026-11-22 12:59:00 UTC: ask storms prod',
  )
  const stale = scene({ standing: { ...STORMY, lookedAt: NOW - HOUR } })
  expect((await status.run(stale.ask('prod'), stale.tools)).unseen[0]).toContain('the past:')
})

test('diagnose judges the last 15 minutes that were kept, and says where nobody looked', async () => {
  const show = elections(NOW - NOON - 8 * MINUTE, NOW - NOON - 6 * MINUTE)
  const times = Array.from({ length: 56 }, (_, i) => NOW - 14 * MINUTE + i * 15_000)
  const looks = looksOf(
    times
      .filter((at) => at < NOW - 4 * MINUTE || at > NOW - 2 * MINUTE)
      .map((at) => seen(at, show(at - NOON))),
  )
  const { tools, ask } = scene({ looks })
  const answer = await diagnose.run(ask('prod'), tools)
  expect(answer.headline).toMatch(/2 unplanned elections/)
  expect(answer.unseen.at(-1)).toMatch(/^2\.\d min from .* on: nobody looked$/)
  expect(answer.json).toMatchObject({ looks: looks.length, elections: 2 })
})

test('diagnose over a time that was not kept says so, and how to watch anew', async () => {
  const { tools, ask } = scene({ none: true })
  const answer = await diagnose.run(ask('prod', '1h'), tools)
  expect(answer.headline).toContain('The last 60 min cannot be told: there is no store here')
  expect(answer.headline).toContain('diagnose prod 30s')
  const empty = scene()
  expect((await diagnose.run(empty.ask('prod', '1h'), empty.tools)).headline).toBe(
    'No look of the last 60 min at prod was kept.',
  )
})

test('each of them is in help', async () => {
  const { tools, ask } = scene()
  const { words: _, ...rest } = ask()
  const { answer } = await dispatch(['help'], rest, tools)
  for (const name of ['storms', 'baseline', 'silence', 'unsilence', 'silences'])
    expect(
      answer.facts.some((line) => line.startsWith(`${name} `) || line.startsWith(`${name}:`)),
    ).toBe(true)
})

const USUAL: Outlook = {
  usual: new Map([
    [
      'http://10.0.0.1:2379',
      {
        statusMs: { median: 0.3, high: 0.5, peak: 0.6, lately: 0.3, learned: 480, from: 'week' },
      },
    ],
  ]),
  forecasts: new Map([
    [
      'http://10.0.0.2:2379',
      {
        timeToQuotaMs: 30 * HOUR,
        confidence: 'good',
        growthBytesPerHour: 20 * 1024 ** 2,
        of: 'file',
        overMs: 24 * HOUR,
      },
    ],
  ]),
}

/** The store answers before the patience with it ends. */
const patient = (kept: Kept) => {
  const { tools, ask } = scene(kept)
  return { ask, tools: { ...tools, wait: () => new Promise<void>(() => undefined) } }
}

test('status shows what is usual beside what is seen, and how much was learned', async () => {
  const { tools, ask } = patient({ outlook: USUAL })
  const { tables, facts, json } = await status.run(ask('prod'), tools)
  const cells = tables[0]?.rows.map((row) => row.map(({ text }) => text))
  expect(cells?.find(([name]) => name === 'm1')).toContainEqual(
    expect.stringMatching(/ms, usual 0.3 ms$/),
  )
  expect(cells?.find(([name]) => name === 'm2')?.join()).not.toContain('usual')
  expect(facts).toContain(
    'Usual is what was seen at this hour of the week (learned from 480 looks).',
  )
  expect(facts.join()).toContain(
    "m2's database reaches its quota in about 30 h: the file grows by 20 MiB an hour (seen over 24 h, steady)",
  )
  expect(json).toMatchObject({
    members: [{ usualStatusMs: 0.3 }, { timeToQuotaMs: 30 * HOUR }, {}],
  })
})

test.each([
  [3, 'critical'],
  [20, 'warning'],
] as const)('a quota that is reached in %i h is %s, with what to do', async (hours, severity) => {
  const [endpoint, forecast] = [...USUAL.forecasts][0] ?? []
  const forecasts = new Map(
    forecast && endpoint ? [[endpoint, { ...forecast, timeToQuotaMs: hours * HOUR }]] : [],
  )
  const { tools, ask } = patient({ outlook: { ...USUAL, forecasts } })
  const answer = await status.run(ask('prod'), tools)
  expect(answer.severity).toBe(severity)
  expect(answer.findings[0]).toMatchObject({ rule: 'quota-forecast', member: 'm2', severity })
  expect(answer.action).toMatchObject({ ask: 'writers prod' })
  expect(answer.unseen.join()).toContain('df on the member')
})

test('without a store status says nothing of the usual; with one that fails it says so', async () => {
  const alone = scene({ none: true })
  const answer = await status.run(alone.ask('prod'), alone.tools)
  expect(JSON.stringify(answer)).not.toMatch(/usual/i)
  const away = scene({ trouble: 'Redis is away' })
  expect((await status.run(away.ask('prod'), away.tools)).unseen.at(-1)).toBe(
    'what is usual, and when the quota is reached: Redis is away',
  )
  const hung = scene({ outlook: USUAL })
  const slow = { ...hung.tools.history, outlook: () => new Promise<Outlook>(() => undefined) }
  const late = { ...hung.tools, history: slow as History }
  expect((await status.run(hung.ask('prod'), late)).unseen.at(-1)).toMatch(/did not answer in time/)
})

test('diagnose measures the trouble against what was learned', async () => {
  const looks = looksOf(
    Array.from({ length: 30 }, (_, i) => seen(NOW - 15 * MINUTE + 30_000 * i, {})),
  )
  const forecasts = new Map(
    [...USUAL.forecasts].map(([endpoint, one]) => [endpoint, { ...one, timeToQuotaMs: 5 * HOUR }]),
  )
  const { tools, ask } = patient({ looks, outlook: { ...USUAL, forecasts } })
  const answer = await diagnose.run(ask('prod'), tools)
  expect(answer.json).toMatchObject({ cause: 'space', memberName: 'm2' })
  expect(answer.headline).toContain('reaches its quota in about 5 h')
})
