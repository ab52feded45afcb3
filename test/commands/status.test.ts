import { expect, test } from '@jest/globals'
import type { Ask, Tools } from '../../commands/command'
import { dispatch } from '../../commands/dispatch'
import { loadConfig } from '../../src/config/load'
import type { ClusterConfig, Config } from '../../src/config'
import { failed, look, member } from '../support/build'

const [base] = loadConfig('config/clusters.example.yaml', {}).clusters
const clusterNamed = (name: string): ClusterConfig => ({
  ...(base as ClusterConfig),
  name,
  title: name,
  settings: { ...(base as ClusterConfig).settings, name },
})

const toolsFor = (...names: string[]): Tools => ({
  config: () => ({ clusters: names.map(clusterNamed) }) as unknown as Config,
  observe: (cluster) =>
    Promise.resolve(
      cluster.name === 'broken'
        ? look(
            [1, 2, 3].map((n) => member(n, { lost: 'deadline' })),
            { roster: failed('deadline') },
          )
        : look([1, 2, 3].map((n) => member(n))),
    ),
  logsSince: () => Promise.resolve(undefined),
  writers: () => Promise.resolve({ kind: 'failed', tried: [] }),
  now: () => 0,
  wait: () => Promise.resolve(),
  version: '1.2.3',
})

const ask: Omit<Ask, 'words'> = {
  may: () => true,
  onProgress: () => undefined,
  signal: new AbortController().signal,
}

const say = async (words: string, tools = toolsFor('prod', 'staging'), asker = ask) =>
  (await dispatch(words.split(' ').filter(Boolean), asker, tools)).answer

test('the only cluster need not be named', async () => {
  expect((await say('status', toolsFor('prod'))).headline).toContain('prod is well')
})

test('with several clusters, one must be named', async () => {
  expect((await say('status')).headline).toBe('Which cluster? Clusters: prod, staging.')
})

test.each([
  ['status prdo', 'Did you mean prod?'],
  ['status stagign', 'Did you mean staging?'],
  ['status zzzzzzzzzz', 'Clusters: prod, staging.'],
  ['statsu prod', 'Did you mean status?'],
  ['status prod now', 'status takes one cluster'],
  ['clusters prod', 'for one cluster ask: status prod'],
])('“%s” is answered with %s', async (words, hint) => {
  const answer = await say(words)
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toContain(hint)
})

test('a subcommand is found in any case, and no word is help', async () => {
  expect((await say('STATUS prod')).headline).toContain('prod is well')
  expect((await say('')).headline).toContain('Stormwatch 1.2.3')
})

test('a cluster that the asker may not see is denied, and is not in the list of names', async () => {
  const blind = { ...ask, may: (_: unknown, cluster: ClusterConfig) => cluster.name !== 'prod' }
  expect((await say('status prod', undefined, blind)).headline).toContain(
    'You may not do this on prod',
  )
  expect((await say('status x', undefined, blind)).headline).not.toContain('prod')
  expect((await say('clusters', undefined, blind)).json).toMatchObject({
    clusters: [{ cluster: 'staging' }],
  })
})

test('the fleet puts the worst first, and unknown is never well', async () => {
  const answer = await say('clusters', toolsFor('prod', 'broken'))
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toContain('1 of 2 clusters needs a look')
  expect(answer.tables[0]?.rows[0]?.[0]?.text).toBe('broken')
})

test('help tells what the asker may do', async () => {
  const viewer = { ...ask, may: (role: string) => role === 'viewer' }
  const { facts } = await say('help', undefined, viewer)
  expect(facts.at(-1)).toBe('You may ask about prod, staging; you operate none.')
})
