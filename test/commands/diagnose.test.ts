import { expect, test } from '@jest/globals'
import type { Ask, Tools } from '../../commands/command'
import { diagnose } from '../../commands/diagnose'
import { loadConfig } from '../../src/config/load'
import type { Observation } from '../../src/diagnosis/facts'
import { look, member } from '../support/build'

const config = loadConfig('config/clusters.example.yaml', {})

/** A cluster that shows one look after another, the last one for ever, on a clock of its own. */
const scripted = (looks: readonly Observation[]) => {
  let now = Date.UTC(2026, 10, 22, 3)
  let taken = 0
  const progress: string[] = []
  const tools: Tools = {
    config: () => config,
    observe: () => {
      const next = looks[Math.min(taken, looks.length - 1)] ?? look([])
      taken++
      now += 10
      return Promise.resolve({ ...next, at: now })
    },
    logsSince: () => Promise.resolve(undefined),
    writers: () => Promise.resolve({ kind: 'failed', tried: [] }),
    now: () => now,
    wait: (ms) => {
      now += Math.max(0, ms)
      return Promise.resolve()
    },
    version: '0',
  }
  const ask = (words: readonly string[], signal = new AbortController().signal): Ask => ({
    words,
    may: () => true,
    onProgress: (line) => void progress.push(line),
    signal,
  })
  return { tools, ask, progress, taken: () => taken }
}

const three = () => look([1, 2, 3].map((n) => member(n)))

test('it watches for 20 s, a look every 1.5 s', async () => {
  const { tools, ask, taken } = scripted([three()])
  const answer = await diagnose.run(ask([]), tools)
  expect(taken()).toBe(14)
  expect(answer).toMatchObject({ state: 'calm', severity: 'ok' })
})

test('the only cluster need not be named before a time', async () => {
  const { tools, ask, taken } = scripted([three()])
  await diagnose.run(ask(['3s']), tools)
  expect(taken()).toBe(3)
  expect(await diagnose.run(ask(['prdo']), tools)).toMatchObject({ severity: 'unknown' })
})

test('seconds can be given, with or without the unit', async () => {
  const { tools, ask, taken } = scripted([three()])
  await diagnose.run(ask(['prod', '3s']), tools)
  expect(taken()).toBe(3)
})

test.each([
  ['prod', 'soon'],
  ['prod', '1'],
  ['prod', '31'],
  ['prod', '5', '6'],
])('what is no time to watch is said: %s %s', async (...words) => {
  const { tools, ask, taken } = scripted([three()])
  const answer = await diagnose.run(ask(words), tools)
  expect(answer.headline).toContain('2s to 30s to watch anew')
  expect(taken()).toBe(0)
})

test('progress tells how far, and from the second look on the answer so far', async () => {
  const { tools, ask, progress } = scripted([three()])
  await diagnose.run(ask(['prod', '3']), tools)
  expect(progress[0]).toContain('look 0 of 3 · looking')
  expect(progress[2]).toContain('look 2 of 3 · so far: Calm')
})

test('members that hang make looks slow, and the time to watch is kept all the same', async () => {
  const { tools, ask, taken } = scripted([three()])
  const slow: Tools = {
    ...tools,
    observe: async (cluster, signal) => {
      await tools.wait(2000, signal)
      return tools.observe(cluster, signal)
    },
  }
  await diagnose.run(ask(['prod', '6']), slow)
  expect(taken()).toBeLessThanOrEqual(4)
})

test('who waits no longer is heard at the next look', async () => {
  const { tools, ask, taken } = scripted([three()])
  const asked = new AbortController()
  const answered = diagnose.run(ask(['prod'], asked.signal), {
    ...tools,
    wait: () => {
      asked.abort()
      return Promise.resolve()
    },
  })
  await answered
  expect(taken()).toBe(1)
})

test('a member that is down while nothing shakes is the sentence, not “nothing to explain”', async () => {
  const down = look([member(1), member(2), member(3, { lost: 'refused' })])
  const { tools, ask } = scripted([down])
  const answer = await diagnose.run(ask(['prod', '5']), tools)
  expect(answer.headline).toContain('m3 is down')
  expect(answer.severity).toBe('warning')
})

test('the JSON is that of status with the verdict over it', async () => {
  const { tools, ask } = scripted([three()])
  const { json } = await diagnose.run(ask(['prod', '3']), tools)
  expect(json).toMatchObject({
    cluster: 'prod',
    state: 'calm',
    cause: 'none',
    looks: 3,
    elections: 0,
    planned: 0,
  })
  expect(json).toHaveProperty('members')
  expect(json).toHaveProperty('causes')
  expect(json).toHaveProperty('action')
})

test('what the logs could not tell is listed', async () => {
  const { tools, ask } = scripted([three()])
  const unseen = ["the members' logs: permission denied"]
  const answer = await diagnose.run(ask(['prod', '3']), {
    ...tools,
    logsSince: () => Promise.resolve({ events: [], unseen }),
  })
  expect(answer.unseen).toContain(unseen[0])
})
