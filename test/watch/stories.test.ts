import { expect, test } from '@jest/globals'
import type { Announcement } from '../../src/watch/announcement'
import { MAX_BYTES } from '../../src/watch/announcement'
import { acknowledge } from '../../src/watch/acknowledge'
import type { Watcher } from '../../src/watch/watcher'
import { LIMITS } from '../support/build'
import {
  HOUR,
  MINUTE,
  NOON,
  SECOND,
  clusterConfig,
  elections,
  lines,
  play,
  stage,
  type Moment,
} from './story'

const everyMinute = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => (from + i) * MINUTE)

test('a storm is announced at its third election, once, and cleared 15 min after its last', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  await play(on, { to: 2 * HOUR })
  expect(lines(on)).toEqual(['3.00 root first: warning', '21.00 thread all clear: all-clear'])
})

test('the all clear gives duration, elections and cause, in the thread and in the root', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  await play(on, { to: HOUR })
  const { announcement, parent } = on.said[1] ?? {}
  expect(announcement).toMatchObject({
    elections: 6,
    since: NOON + 1 * MINUTE,
    until: NOON + 6 * MINUTE,
    cause: 'unknown',
    severity: 'ok',
    buttons: ['details'],
  })
  expect(parent).toBe(on.said[0]?.key)
  expect(on.edits.at(-1)).toMatchObject({
    minute: 21,
    announcement: { place: 'root', state: 'all-clear', until: NOON + 6 * MINUTE },
  })
})

test('the root follows the storm by edits, at most every 30 s for a mere count', async () => {
  const times = Array.from({ length: 60 }, (_, i) => MINUTE + i * 10 * SECOND)
  const on = stage({ show: elections(...times) })
  await play(on, { to: 12 * MINUTE })
  expect(on.said.map(({ reason }) => reason)).toEqual(['first'])
  const counts = on.edits.map(({ announcement }) => announcement.elections)
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(on.edits.length).toBeGreaterThan(10)
  expect(on.edits.length).toBeLessThanOrEqual(24)
})

test('a storm that falls silent with the fault still on is not over', async () => {
  const show = (ms: number): Moment => ({
    ...elections(...everyMinute(1, 4))(ms),
    lateHeartbeats: Math.floor(Math.min(ms, 40 * MINUTE) / (5 * SECOND)),
  })
  const on = stage({ show })
  await play(on, { to: 2 * HOUR })
  expect(lines(on).at(-1)).toBe('55.00 thread all clear: all-clear')
})

test('a storm that nobody wins is announced after two looks without a leader', async () => {
  const on = stage({ show: (ms) => (ms >= 5 * MINUTE && ms < 12 * MINUTE ? { leader: 0 } : {}) })
  await play(on, { to: HOUR })
  expect(lines(on)).toEqual(['5.25 root first: warning', '26.75 thread all clear: all-clear'])
})

test('bursts with calm between them are one storm', async () => {
  const on = stage({
    show: elections(...everyMinute(1, 4), ...everyMinute(14, 17), ...everyMinute(30, 32)),
  })
  await play(on, { to: HOUR })
  expect(lines(on)).toEqual(['3.00 root first: warning', '47.00 thread all clear: all-clear'])
  expect(on.said[1]?.announcement.elections).toBe(11)
})

test('two storms are two messages with other keys', async () => {
  const on = stage({ show: elections(...everyMinute(1, 4), ...everyMinute(60, 64)) })
  await play(on, { to: 2 * HOUR })
  expect(on.said.map(({ reason }) => reason)).toEqual(['first', 'all clear', 'first', 'all clear'])
  expect(new Set(on.said.map(({ key }) => key)).size).toBe(4)
  expect(on.said[0]?.announcement.stormId).not.toBe(on.said[2]?.announcement.stormId)
})

test('a rolling restart is not posted', async () => {
  const restarts = [5, 7, 9].map((minute) => minute * MINUTE)
  const show = (ms: number): Moment => {
    const refused = restarts.flatMap((at, i) => (ms >= at && ms < at + 15 * SECOND ? [i + 1] : []))
    const started = restarts.map((at) => (ms > at ? (NOON + at) / 1000 + 5 : 1000))
    // The leader is restarted last but one, and leads again nowhere
    const gone = ms >= restarts[0]!
    return {
      term: gone ? 3 : 2,
      leader: gone ? 3 : 1,
      refused,
      started,
      ...(ms >= restarts[2]! && { term: 4, leader: 2 }),
    }
  }
  const on = stage({ show })
  await play(on, { to: HOUR })
  expect(lines(on)).toEqual([])
})

test('a single election is kept and not posted', async () => {
  const on = stage({ show: elections(10 * MINUTE) })
  await play(on, { to: HOUR })
  expect(on.said).toEqual([])
  expect([...on.records.values()]).toMatchObject([{ kind: 'elections', elections: 1, planned: 0 }])
})

test('three elections in an hour are a watch', async () => {
  const on = stage({ show: elections(1 * MINUTE, 20 * MINUTE, 40 * MINUTE) })
  await play(on, { to: HOUR })
  expect(lines(on)).toEqual(['40.00 root first: watch', '55.00 thread all clear: all-clear'])
})

test('a watch that becomes a warning is broadcast, and the on-call group is mentioned once', async () => {
  const times = [1, 20, 40, 45, 46, 47, 48].map((minute) => minute * MINUTE)
  const on = stage({ show: elections(...times), oncall: 'S1' })
  await play(on, { to: 2 * HOUR })
  expect(lines(on)).toEqual([
    '40.00 root first: watch',
    '47.00 thread worse: warning',
    '63.00 thread all clear: all-clear',
  ])
  const told = on.said.map(({ announcement }) => [announcement.mention, announcement.broadcast])
  expect(told).toEqual([
    [undefined, false],
    ['S1', true],
    [undefined, false],
  ])
  expect(on.edits.some(({ announcement }) => announcement.mention !== undefined)).toBe(false)
})

test('a storm that goes on is mentioned again after 4 h', async () => {
  const on = stage({ show: elections(...everyMinute(1, 300)) })
  await play(on, { to: 5 * HOUR })
  expect(lines(on)).toEqual(['3.00 root first: warning', '243.00 thread still: warning'])
})

test('an acknowledged storm is not repeated, but reminded of after 2 h', async () => {
  const on = stage({ show: elections(...everyMinute(1, 330)) })
  const watcher = await play(on, { to: 10 * MINUTE })
  const asked = { cluster: 'prod', by: 'U1', at: NOON + on.now }
  expect(await acknowledge(on.store.storms, asked)).toMatchObject({ outcome: 'acknowledged' })
  expect(await acknowledge(on.store.storms, { ...asked, by: 'U2' })).toMatchObject({
    outcome: 'already',
    by: { by: 'U1' },
  })
  await play(on, { to: 6 * HOUR, watcher })
  expect(lines(on)).toEqual([
    '3.00 root first: warning',
    '10.25 thread acknowledged: warning',
    '130.25 thread reminder: warning',
    '250.25 thread reminder: warning',
    '345.00 thread all clear: all-clear',
  ])
  // Its root message says why it was posted as before
  expect(on.edits.findLast(({ minute }) => minute < 130)?.announcement).toMatchObject({
    reason: 'first',
    acknowledged: { by: 'U1' },
  })
  const [, , reminder] = on.said
  expect(reminder?.announcement).toMatchObject({ acknowledged: { by: 'U1' } })
  expect(reminder?.announcement.buttons).not.toContain('acknowledge')
  expect([...on.records.values()].at(-1)).toMatchObject({
    acknowledged: { by: 'U1' },
    kind: 'storm',
  })
})

test('an acknowledgement that others are faster than is tried again, for 3 s', async () => {
  const on = stage({ show: elections(...everyMinute(1, 30)) })
  await play(on, { to: 10 * MINUTE })
  const { storms } = on.store
  const asked = { cluster: 'prod', by: 'U1', at: NOON + on.now }
  const losing = (times: number): typeof storms => {
    let lost = 0
    const decide: typeof storms.decide = async (cluster, decision, now) =>
      lost++ < times
        ? { decided: false, now: await storms.read(cluster) }
        : storms.decide(cluster, decision, now)
    return { ...storms, decide }
  }
  let paused = 0
  const pause = async (ms: number): Promise<void> => void (paused += ms)
  expect(await acknowledge(losing(99), asked, pause)).toEqual({ outcome: 'contended' })
  expect(paused).toBeGreaterThan(1000)
  expect(paused).toBeLessThan(3500)
  expect(await acknowledge(losing(15), asked, pause)).toMatchObject({ outcome: 'acknowledged' })
})

test('when a reminder comes, and how often a mere count is shown, are limits of the cluster', async () => {
  const cluster = clusterConfig({
    limits: { ...LIMITS, reminderPostMs: HOUR, countEditMs: 5 * MINUTE },
  })
  const on = stage({ show: elections(...everyMinute(1, 90)) })
  const watcher = await play(on, { to: 10 * MINUTE, cluster })
  expect(on.edits.length).toBeLessThanOrEqual(3)
  await acknowledge(on.store.storms, { cluster: 'prod', by: 'U1', at: NOON + on.now })
  await play(on, { to: 75 * MINUTE, watcher, cluster })
  expect(lines(on)).toContain('70.25 thread reminder: warning')
})

test('nothing that was not announced can be acknowledged', async () => {
  const on = stage({ show: elections(1 * MINUTE) })
  await play(on, { to: 10 * MINUTE })
  const answer = await acknowledge(on.store.storms, { cluster: 'prod', by: 'U1', at: NOON })
  expect(answer).toEqual({ outcome: 'none' })
})

test('a bot that is restarted inside a storm neither repeats nor loses it', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  await play(on, { to: 4 * MINUTE })
  await play(on, { to: HOUR, watcher: on.watcher() })
  expect(lines(on)).toEqual(['3.00 root first: warning', '21.00 thread all clear: all-clear'])
  expect(on.said[1]?.announcement.elections).toBe(6)
})

test('a bot that comes back after the storm gives the all clear when it saw 15 min of calm, and says that it was away', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  await play(on, { to: 7 * MINUTE })
  await play(on, { from: 50 * MINUTE, to: 70 * MINUTE, watcher: on.watcher() })
  expect(lines(on)).toEqual(['3.00 root first: warning', '65.00 thread all clear: all-clear'])
  expect(on.said[1]?.announcement.unseen[0]).toBe('Nothing was seen for 43 min of this storm')
})

test.each([
  ['a bot that was stopped', (): undefined => undefined],
  ['a bot that was paused', (watcher: Watcher): Watcher => watcher],
])('%s for 20 min of a storm gives no all clear when it is back in it', async (_, next) => {
  const on = stage({ show: elections(...everyMinute(1, 60)) })
  const watcher = await play(on, { to: 10 * MINUTE })
  await play(on, { from: 30 * MINUTE, to: 80 * MINUTE, watcher: next(watcher) ?? on.watcher() })
  expect(lines(on)).toEqual(['3.00 root first: warning', '75.00 thread all clear: all-clear'])
})

test('a bot whose clock was hours ahead leaves nothing that keeps the next one silent', async () => {
  const on = stage({ show: elections(...everyMinute(1, 60)) })
  const ahead = { now: () => NOON + on.now + 6 * HOUR, at: (at: number) => at - 6 * HOUR }
  await play(on, { to: 30 * SECOND, watcher: on.watcherWith(ahead) })
  await play(on, { from: 45 * SECOND, to: 5 * MINUTE, watcher: on.watcher() })
  expect(lines(on)).toEqual(['3.00 root first: warning'])
})

test('a storm told by a clock that was hours ahead is gone on with, and ended', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  const ahead = { now: () => NOON + on.now + 6 * HOUR, at: (at: number) => at - 6 * HOUR }
  await play(on, { to: 4 * MINUTE, watcher: on.watcherWith(ahead) })
  await play(on, { to: 30 * MINUTE, watcher: on.watcher() })
  expect(lines(on)).toEqual(['3.00 root first: warning', '21.00 thread all clear: all-clear'])
})

test('two elections seen by one replica and the third by another are a storm', async () => {
  const on = stage({ show: elections(...everyMinute(1, 3)) })
  await play(on, { to: 2 * MINUTE + 30 * SECOND })
  await play(on, { to: 5 * MINUTE, watcher: on.watcher() })
  expect(lines(on)).toEqual(['3.00 root first: warning'])
})

test('replicas that look at once post once, and count no look twice', async () => {
  const on = stage({
    show: (ms) => (ms === 5 * MINUTE ? { leader: 0 } : elections(...everyMinute(20, 25))(ms)),
  })
  const [one, two] = [on.watcher(), on.watcher()]
  for (on.now = 0; on.now <= HOUR; on.now += 15 * SECOND)
    await Promise.all(
      [one, two].map((watcher) => watcher.lookAt(clusterConfig(), new AbortController().signal)),
    )
  expect(lines(on)).toEqual(['22.00 root first: warning', '40.00 thread all clear: all-clear'])
})

test('a silence withholds a storm, and its end inside the storm announces it', async () => {
  const on = stage({ show: elections(...everyMinute(1, 60)) })
  const silence = { id: 's', cluster: 'prod', by: 'U1', reason: 'known' }
  on.silences.push({ ...silence, from: NOON, until: NOON + 30 * MINUTE })
  await play(on, { to: 2 * HOUR })
  expect(lines(on)).toEqual(['30.00 root first: warning', '75.00 thread all clear: all-clear'])
  expect(on.said[0]?.announcement).toMatchObject({
    since: NOON + MINUTE,
    held: { what: 'silence', reason: 'known', until: NOON + 30 * MINUTE },
  })
})

test('a storm that began and ended in a silence is kept, and nothing is said of it', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  const silence = { id: 's', cluster: 'prod', by: 'U1', reason: 'known' }
  on.silences.push({ ...silence, from: NOON, until: NOON + HOUR })
  await play(on, { to: 3 * HOUR })
  expect(on.said).toEqual([])
  expect([...on.records.values()].at(-1)).toMatchObject({
    kind: 'storm',
    untold: 'silence',
    until: NOON + 6 * MINUTE,
  })
})

test('a storm that ends in a silence is ended where it was announced, without a new line', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6), ...everyMinute(90, 95)) })
  const silence = { id: 's', cluster: 'prod', by: 'U1', reason: '' }
  on.silences.push({ ...silence, from: NOON + 5 * MINUTE, until: NOON + HOUR })
  await play(on, { to: 2 * HOUR })
  expect(lines(on)).toEqual([
    '3.00 root first: warning',
    '92.00 root first: warning',
    '110.00 thread all clear: all-clear',
  ])
  expect(on.edits.find(({ minute }) => minute === 5)?.announcement.silenced).toEqual({
    by: 'U1',
    until: NOON + HOUR,
  })
  expect(on.edits.find(({ minute }) => minute === 21)?.announcement.state).toBe('all-clear')
})

test('a silence that ends inside a storm that was announced before says that it goes on', async () => {
  const on = stage({ show: elections(...everyMinute(1, 60)) })
  const silence = { id: 's', cluster: 'prod', by: 'U1', reason: '' }
  on.silences.push({ ...silence, from: NOON + 5 * MINUTE, until: NOON + 30 * MINUTE })
  await play(on, { to: 40 * MINUTE })
  expect(lines(on)).toEqual(['3.00 root first: warning', '30.00 thread still: warning'])
})

test('a maintenance window withholds what it holds, and no more', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6), ...everyMinute(90, 95)) })
  const window = { cron: '55 11 * * *', durationMs: HOUR, timezone: 'UTC', reason: 'upgrade' }
  await play(on, { to: 2 * HOUR, cluster: clusterConfig({ maintenance: [window] }) })
  expect(lines(on)).toEqual(['92.00 root first: warning', '110.00 thread all clear: all-clear'])
  const other = { ...window, cron: '55 12 * * *', timezone: 'Europe/Zurich' }
  const same = stage({ show: elections(...everyMinute(1, 6)) })
  await play(same, { to: HOUR, cluster: clusterConfig({ maintenance: [other] }) })
  expect(lines(same)).toEqual([])
})

test('a cluster that cannot be read is said so after three looks, and when it is back', async () => {
  const on = stage({
    show: (ms) => (ms >= 5 * MINUTE && ms < 10 * MINUTE ? { hung: [1, 2, 3] } : {}),
  })
  await play(on, { to: HOUR })
  expect(lines(on)).toEqual(['5.50 root unknown: unknown', '10.00 thread all clear: all-clear'])
  expect(on.said[0]?.announcement).toMatchObject({ kind: 'unknown', severity: 'unknown' })
})

test('a storm that cannot be seen any more stays open', async () => {
  const storm = elections(...everyMinute(1, 6))
  const on = stage({
    show: (ms) => (ms >= 7 * MINUTE && ms < 40 * MINUTE ? { hung: [1, 2, 3] } : storm(ms)),
  })
  await play(on, { to: HOUR })
  expect(lines(on)).toEqual(['3.00 root first: warning', '54.75 thread all clear: all-clear'])
  expect(on.edits.map(({ announcement }) => announcement.state)).toContain('unknown')
})

test('a second cause is told in the thread of the first', async () => {
  const show = (ms: number): Moment => {
    if (ms < 5 * MINUTE) return {}
    return ms < 15 * MINUTE ? { refused: [3] } : { alarm: 'memberID:1 alarm:NOSPACE ' }
  }
  const on = stage({ show })
  await play(on, { to: 40 * MINUTE })
  const causes = on.said.map(({ reason, announcement }) => `${reason} ${announcement.cause}`)
  expect(causes).toEqual(['first member-down', 'new cause space'])
  expect(on.said[1]).toMatchObject({ place: 'thread', parent: on.said[0]?.key })
})

test('without a channel nothing is posted and all is kept; a channel that comes later is told', async () => {
  const on = stage({ show: elections(...everyMinute(1, 30)) })
  const watcher = await play(on, {
    to: 10 * MINUTE,
    cluster: clusterConfig({ channel: undefined }),
  })
  expect(on.said).toEqual([])
  expect([...on.records.values()].at(-1)).toMatchObject({ kind: 'storm', untold: 'no channel' })
  await play(on, { to: 20 * MINUTE, watcher })
  expect(lines(on)).toEqual(['10.25 root first: warning'])
})

test('a store that was flushed inside a storm changes nothing for who looks on', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  const watcher = await play(on, { to: 4 * MINUTE })
  const later = stage({ show: elections(...everyMinute(1, 6)) })
  Object.assign(on.store.storms, later.store.storms)
  await play(on, { to: HOUR, watcher })
  expect([...lines(on), ...lines(later)]).toHaveLength(2)
  expect(later.said.map(({ reason, parent }) => [reason, parent])).toEqual([
    ['all clear', on.said[0]?.key],
  ])
})

test('an empty store and fresh eyes are learning, never a storm', async () => {
  const on = stage({ show: () => ({ term: 4711 }) })
  await play(on, { from: 30 * MINUTE, to: HOUR })
  expect(on.said).toEqual([])
})

test.each([6 * HOUR, -6 * HOUR])(
  'a clock that is set by %d ms neither ends a storm nor makes one',
  async (jump) => {
    const on = stage({ show: elections(...everyMinute(1, 12).map((at) => at)) })
    let offset = 0
    const clock = on.watcherWith({ now: () => NOON + on.now + offset, at: (at) => at - offset })
    for (on.now = 0; on.now <= 10 * MINUTE; on.now += 15 * SECOND) {
      if (on.now === 8 * MINUTE) offset = jump
      await clock.lookAt(clusterConfig(), new AbortController().signal)
    }
    expect(on.said.map(({ reason }) => reason)).toEqual(['first'])
    expect((await on.state())?.watch.storm.state).toBe('warning')
  },
)

test('what is announced is small, plain JSON, whatever the members are called', async () => {
  const on = stage({ show: elections(...everyMinute(1, 6)) })
  await play(on, { to: HOUR })
  for (const { announcement } of [...on.said, ...on.edits]) {
    const text = JSON.stringify(announcement)
    expect(text.length).toBeLessThan(MAX_BYTES)
    expect(JSON.parse(text)).toEqual(announcement satisfies Announcement)
  }
})

test('a member that does not answer makes no calm that is fine: the fleet is told at once', async () => {
  const on = stage({ show: (ms) => (ms > 2 * MINUTE ? { hung: [2] } : {}) })
  await play(on, { to: 2 * MINUTE })
  expect((await on.state())?.standing).toMatchObject({ state: 'calm', severity: 'ok' })
  await play(on, { from: 2 * MINUTE + 15_000, to: 2 * MINUTE + 15_000 })
  expect((await on.state())?.standing).toMatchObject({
    severity: 'warning',
    headline: 'Calm, but m2 did not answer at the last look',
  })
})
