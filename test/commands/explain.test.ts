import { describe, expect, test } from '@jest/globals'
import type { Ask, Tools } from '../../commands/command'
import { explain } from '../../commands/explain'
import type { ClusterConfig, Config } from '../../src/config'
import type { Answer } from '../../src/diagnosis/answer'
import type { Observation } from '../../src/diagnosis/facts'
import { LIMITS, look, member, settings } from '../support/build'

const AT = Date.UTC(2026, 10, 22, 3)
const HEALTHY = look([member(1), member(2), member(3)])

const clusterOf = (name: string): ClusterConfig =>
  ({ name, title: name, settings: settings({ name }), limits: LIMITS }) as ClusterConfig

type Setting = {
  readonly clusters?: readonly string[]
  readonly observed?: Observation
  readonly may?: Ask['may']
}

/** What is answered to these words, and which clusters were looked at for it. */
const asked = async (
  words: string,
  setting: Setting = {},
): Promise<Answer & { looked: string[] }> => {
  const { clusters = ['prod'], observed = HEALTHY, may = () => true } = setting
  const looked: string[] = []
  const tools: Partial<Tools> = {
    config: () => ({ clusters: clusters.map(clusterOf) }) as unknown as Config,
    observe: (cluster) => {
      looked.push(cluster.name)
      return Promise.resolve(observed)
    },
    now: () => AT,
    version: '0',
  }
  const ask = {
    words: words.split(' ').filter(Boolean),
    may,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  }
  return { ...(await explain.run(ask, tools as Tools)), looked }
}

const ERROR = 'rpc error: code = Unavailable desc = etcdserver: leader changed'

describe('explain', () => {
  test('looks at the only cluster without being told its name', async () => {
    const answer = await asked(ERROR)
    expect(answer.looked).toEqual(['prod'])
    expect(answer.headline).toContain('etcdserver: leader changed')
    expect(answer.facts.at(-1)).toMatch(/^Now: no sign of it\. prod is well/)
  })

  test('of several clusters looks at the one that the first word names, and at none otherwise', async () => {
    const clusters = ['prod', 'test']
    expect((await asked(`test ${ERROR}`, { clusters })).looked).toEqual(['test'])
    const unnamed = await asked(ERROR, { clusters })
    expect(unnamed.looked).toEqual([])
    expect(unnamed.unseen).toEqual(['Whether it happens now: no cluster was looked at.'])
  })

  test('says what the cluster suffers from now', async () => {
    const leaderless = [1, 2, 3].map((n) =>
      member(n, { leaderId: undefined, errors: ['etcdserver: no leader'] }),
    )
    const answer = await asked(ERROR, { observed: look(leaderless) })
    expect(answer.severity).toBe('critical')
    expect(answer.facts.at(-1)).toMatch(/^Now: prod: .*leader/)
  })

  test('looks at no cluster that the asker may not see', async () => {
    const answer = await asked(`prod ${ERROR}`, { may: () => false })
    expect(answer.looked).toEqual([])
    expect(answer.headline).toContain('etcdserver: leader changed')
  })

  test('does not look for what it does not know', async () => {
    expect(await asked('good morning')).toMatchObject({ looked: [], severity: 'unknown' })
  })

  test('asks for a text when there is none', async () => {
    expect((await asked('')).headline).toMatch(/^explain takes a text/)
  })
})
