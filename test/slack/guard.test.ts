import { describe, expect, test } from '@jest/globals'
import { isOutOfTime, localMemory, memoryOf, refusedWorkspace } from '../../src/slack/asking/guard'

const NOW = 1_700_000_000_000
const at = (seconds: number): string => String(NOW / 1000 + seconds)

describe('the time of a request', () => {
  test.each([
    [at(0), false],
    [at(-300), false],
    [at(300), false],
    [at(-301), true],
    [at(301), true],
    ['soon', true],
    ['Infinity', true],
    ['', true],
    [undefined, true],
  ])('%s is out of time: %s', (header, out) => {
    expect(isOutOfTime(header, NOW)).toBe(out)
  })
})

describe('the memory of one process', () => {
  test('knows a key for 10 minutes', async () => {
    let now = NOW
    const memory = localMemory(() => now)
    expect(await memory.seenBefore('a')).toBe(false)
    now += 599_999
    expect(await memory.seenBefore('a')).toBe(true)
    now += 1
    expect(await memory.seenBefore('a')).toBe(false)
  })

  test('forgets the oldest when it is full', async () => {
    const memory = localMemory(() => NOW, 2)
    for (const key of ['a', 'b', 'c']) await memory.seenBefore(key)
    expect(await memory.seenBefore('c')).toBe(true)
    expect(await memory.seenBefore('b')).toBe(true)
    expect(await memory.seenBefore('a')).toBe(false)
  })
})

test('what another replica saw was seen', async () => {
  const shared = { seenBefore: async (key: string) => key === 'theirs' }
  const memory = memoryOf(
    localMemory(() => NOW),
    shared,
    100,
  )
  expect(await memory.seenBefore('theirs')).toBe(true)
  expect(await memory.seenBefore('mine')).toBe(false)
  expect(await memory.seenBefore('mine')).toBe(true)
})

describe('a workspace', () => {
  test.each([
    [{ team: 'T1', enterprise: undefined }, ['T1'], 'let in'],
    [{ team: 'T2', enterprise: 'E1' }, ['E1'], 'let in'],
    [{ team: 'T2', enterprise: undefined }, ['T1'], 'may not ask here'],
    [{ team: undefined, enterprise: undefined }, ['T1'], 'may not ask here'],
    [{ team: 'T1', enterprise: undefined }, [], 'not heard from Slack yet'],
  ])('%j among %j: %s', (asker, allowed, said) => {
    expect(refusedWorkspace(asker, allowed) ?? 'let in').toContain(said)
  })
})
