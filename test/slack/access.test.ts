import { describe, expect, test } from '@jest/globals'
import { createAccess, type Role } from '../../src/slack/asking/access'
import type { Asker } from '../../src/slack/asking/request'

const NOW = 1_700_000_000_000
const askerOf = (asker: Partial<Asker> = {}): Asker => ({
  user: 'U1',
  team: 'T1',
  enterprise: undefined,
  channel: 'C1',
  outsider: false,
  ...asker,
})

type Row = {
  readonly name: string
  readonly viewers?: string[]
  readonly operators?: string[]
  readonly asker?: Partial<Asker>
  readonly may: Role[]
}

const ROWS: Row[] = [
  { name: 'nobody is named', may: [] },
  { name: 'everyone may view', viewers: ['*'], may: ['viewer'] },
  { name: 'the user', viewers: ['U2', 'U1'], may: ['viewer'] },
  { name: 'another user', viewers: ['U2'], operators: ['U2'], may: [] },
  { name: 'an operator is a viewer', operators: ['U1'], may: ['viewer', 'operator'] },
  { name: 'the channel', viewers: ['C1'], operators: ['C2'], may: ['viewer'] },
  { name: 'the group', operators: ['S1'], may: ['viewer', 'operator'] },
  { name: 'a group of others', operators: ['S2'], may: [] },
  {
    name: 'an outsider under everyone',
    viewers: ['*'],
    operators: ['*'],
    asker: { outsider: true },
    may: [],
  },
  {
    name: 'a named outsider',
    viewers: ['U1'],
    operators: ['U1'],
    asker: { outsider: true },
    may: ['viewer'],
  },
  { name: 'a private channel', viewers: ['G1'], asker: { channel: 'G1' }, may: ['viewer'] },
]

test.each(ROWS)('$name: $may', async ({ viewers = [], operators = [], asker, may }) => {
  const list = { viewers, operators }
  const access = createAccess({
    groupMembers: async (group) => (group === 'S1' ? ['U1'] : ['U2']),
    now: () => NOW,
  })
  const roles = await access.rolesOf(askerOf(asker), [list])
  expect((['viewer', 'operator'] as const).filter((role) => roles.may(role, list))).toEqual(may)
})

describe('user groups', () => {
  const list = { viewers: ['S1'], operators: [] }
  const counted = (answer: () => Promise<string[]>) => {
    let now = NOW
    let calls = 0
    const access = createAccess({
      groupMembers: () => {
        calls += 1
        return answer()
      },
      now: () => now,
    })
    const ask = () => access.rolesOf(askerOf(), [list])
    return { ask, calls: () => calls, pass: (ms: number) => void (now += ms) }
  }

  test('are asked for once in 5 minutes, also by many at a time', async () => {
    const { ask, calls, pass } = counted(async () => ['U1'])
    await Promise.all([ask(), ask(), ask()])
    pass(299_999)
    await ask()
    expect(calls()).toBe(1)
    pass(1)
    await ask()
    expect(calls()).toBe(2)
  })

  test('that cannot be read give no rights, say so, and are asked for again after 10 s', async () => {
    const { ask, calls, pass } = counted(() => Promise.reject(new Error('ratelimited')))
    const roles = await ask()
    expect(roles.may('viewer', list)).toBe(false)
    expect(roles.unread[0]).toMatch(/S1 could not be read \(ratelimited\)/)
    await ask()
    expect(calls()).toBe(1)
    pass(10_000)
    await ask()
    expect(calls()).toBe(2)
  })

  test('are not asked for when no list names one', async () => {
    let calls = 0
    const access = createAccess({
      groupMembers: async () => {
        calls += 1
        return []
      },
      now: () => NOW,
    })
    await access.rolesOf(askerOf(), [{ viewers: ['*', 'U1'], operators: [] }])
    expect(calls).toBe(0)
  })
})
