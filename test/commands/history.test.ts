import { expect, test } from '@jest/globals'
import { baseline } from '../../commands/baseline'
import { clusters } from '../../commands/clusters'
import type { Ask, History, Silence, Tools } from '../../commands/command'
import { diagnose } from '../../commands/diagnose'
import { dispatch } from '../../commands/dispatch'
import { silence } from '../../commands/silence'
import { silences } from '../../commands/silences'
import { status } from '../../commands/status'
import { storms } from '../../commands/storms'
import { unsilence } from '../../commands/unsilence'
import type { Answer } from '../../src/diagnosis/answer'
import { emptyBaseline, hourOf, learnHour } from '../../src/diagnosis/baseline'
import { looksOf, type Look } from '../../src/diagnosis/look'
import { NO_OUTLOOK } from '../../src/diagnosis/outlook'
import type { Outlook } from '../../src/diagnosis/outlook'
import { calmWeather } from '../../src/diagnosis/storm'
import type { Story } from '../../src/diagnosis/story'
import { GIB, look, member } from '../support/build'
import { HOUR, MINUTE, NOON, clusterConfig, elections, seen } from '../watch/story'

const NOW = NOON + HOUR

type Kept = {
  readonly stories?: readonly Story[]
  readonly looks?: readonly Look[]
  readonly trouble?: string
  readonly standing?: Awaited<ReturnType<History['standing']>>
  readonly baseline?: Awaited<ReturnType<History['baseline']>>
  readonly outlook?: Outlook
  readonly none?: true
}

const CALM = {
  cluster: 'prod',
  lookedAt: NOW - 5000,
  since: NOW - HOUR,
  state: 'calm',
  severity: 'ok',
  headline: 'Calm: nothing to explain',
  cause: 'none',
  weather: calmWeather(NOW),
} as const

const openIn = (stories: readonly Story[] = []) => {
  const storm = stories.find(({ kind, until }) => kind !== 'elections' && until === undefined)
  return storm === undefined ? {} : { storm }
}

const scene = (kept: Kept = {}, may: Ask['may'] = () => true) => {
  const stand: Silence[] = []
  const history: History = {
    trouble: () => kept.trouble,
    standing: async () =>
      'standing' in kept ? kept.standing : { ...CALM, ...openIn(kept.stories) },
    stories: async (cluster, { from }) =>
      (kept.stories ?? []).filter((one) => one.cluster === cluster && one.since >= from),
    links: async (_, ids) => new Map(ids.map((id) => [id, `https://slack.com/archives/C1/${id}`])),
    looks: async (_, { from, to }) => (kept.looks ?? []).filter(({ at }) => at >= from && at <= to),
    baseline: async () => kept.baseline ?? emptyBaseline(0),
    outlook: async () => kept.outlook ?? NO_OUTLOOK,
    silences: {
      add: async (asked) => {
        const made = { ...asked, id: `s${stand.length}` }
        stand.push(made)
        return made
      },
      lift: async (_, id) =>
        stand.splice(
          stand.findIndex((one) => one.id === id),
          1,
        )[0],
      list: async (cluster, now) =>
        stand.filter((one) => one.cluster === cluster && one.until > now),
    },
    notes: { add: async () => true, list: async () => [] },
    shiftLooks: async () => [],
    handoff: () => Promise.reject(new Error('nobody asks for it here')),
  }
  const tools: Tools = {
    config: () =>
      ({
        clusters: [clusterConfig(), clusterConfig({ name: 'staging', title: 'Staging' })],
        watch: { everyMs: 15_000 },
      }) as unknown as ReturnType<Tools['config']>,
    observe: async () => seen(NOW),
    logsSince: async () => undefined,
    writers: async () => ({ kind: 'failed', tried: [] }),
    now: () => NOW,
    wait: async () => undefined,
    version: '0',
    ...(kept.none === undefined && { history }),
  }
  const ask = (...words: readonly string[]): Ask => ({
    words,
    by: 'U1',
    may,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
  return { tools, ask, stand }
}

const historyOf = ({ history }: Tools): History => {
  if (history === undefined) throw new Error('want a history, have none')
  return history
}

type Over = { readonly [Name in keyof Story]?: Story[Name] | undefined }

const story = (over: Over = {}): Story =>
  ({
    id: 'prod-t2-1',
    cluster: 'prod',
    kind: 'storm',
    since: NOW - 2 * HOUR,
    until: NOW - HOUR,
    worst: 'warning',
    elections: 12,
    planned: 0,
    cause: 'disk',
    where: 'm1',
    acknowledged: { by: 'U7', at: NOW - HOUR },
    ...over,
  }) as Story

const cells = ({ tables }: Answer): readonly (readonly string[])[] =>
  (tables[0]?.rows ?? []).map((row) => row.map(({ text }) => text))

test('storms tells when, how long, how many, the cause, who took it, and where to read it', async () => {
  const old = story({ id: 'x', since: NOW - 9 * 24 * HOUR, until: NOW - 9 * 24 * HOUR + HOUR })
  const { tools, ask } = scene({ stories: [story(), old] })
  const answer = await storms.run(ask('prod'), tools)
  expect(answer.headline).toBe('Production: 1 storm in the last 7 days.')
  expect(answer.severity).toBe('ok')
  expect(cells(answer)).toEqual([
    ['2026-11-22 11:00:00 UTC', 'storm', '60 min', '12', '', 'disk on m1', 'U7'],
  ])
  const [row] = answer.tables[0]?.rows ?? []
  expect(row?.[1]?.link).toBe('https://slack.com/archives/C1/prod-t2-1')
  expect(row?.[6]).toEqual({ text: 'U7', isPerson: true })
  expect((await storms.run(ask('prod', '30d'), tools)).headline).toContain('2 storms')
})

test('a storm that goes on is said first, and what was not posted has no message to read', async () => {
  const open = story({ id: 'y', since: NOW - 5 * MINUTE, until: undefined, untold: 'silence' })
  const single = story({ id: 'e', kind: 'elections', elections: 1, acknowledged: undefined })
  const { tools, ask } = scene({ stories: [single, open] })
  const answer = await storms.run(ask(), tools)
  expect(answer).toMatchObject({ severity: 'critical', action: { ask: 'diagnose prod' } })
  expect(answer.headline).toBe(
    '2 clusters: a storm goes on at prod (5 min, 12 elections, disk on m1); 1 storm and 1 single election in the last 7 days.',
  )
  expect(cells(answer).map((row) => row[2])).toEqual(['storm (not posted: silence)', 'no storm'])
  expect(answer.tables[0]?.rows[0]?.[2]).not.toHaveProperty('link')
})

test('a storm that began before the time that is asked for and goes on is told', async () => {
  const open = story({ since: NOW - 5 * HOUR, until: undefined })
  const { tools, ask } = scene({ stories: [open] })
  expect((await storms.run(ask('prod', '1h'), tools)).headline).toContain('a storm goes on (5 h,')
})

test('elections of a storm are told with it, and others beside it', async () => {
  const at = NOW - 2 * HOUR
  const part = { kind: 'elections', elections: 1, acknowledged: undefined } as const
  const stories = [
    story({ id: 'before', ...part, since: at - HOUR, until: at - HOUR }),
    story({ id: 'first', ...part, since: at, until: at }),
    story({ id: 'second', ...part, since: at + 4 * MINUTE, until: at + 4 * MINUTE }),
    story({ id: 'planned', ...part, since: NOW - 1, elections: 0, planned: 1, cause: 'planned' }),
    story(),
  ]
  const { tools, ask } = scene({ stories })
  const answer = await storms.run(ask('prod', '4h'), tools)
  expect(answer.headline).toBe('Production: 1 storm and 1 single election in the last 4 h.')
  expect(cells(answer).map((row) => row[1])).toEqual(['planned', 'storm', 'no storm'])
})

test('storms draws elections over the time, planned ones apart, each counted once', async () => {
  const at = NOW - 2 * HOUR
  const part = { kind: 'elections', acknowledged: undefined } as const
  const { tools, ask } = scene({
    stories: [
      story({ id: 'first', ...part, elections: 2, since: at + 30 * MINUTE, until: at + HOUR }),
      story({ id: 'planned', ...part, since: NOW - 1, elections: 0, planned: 1 }),
      story(),
    ],
  })
  const [chart] = (await storms.run(ask('prod', '4h'), tools)).charts ?? []
  expect(chart).toMatchObject({ title: 'Elections every 15 min', kind: 'bar' })
  expect(chart?.labels[0]).toBe('09:00')
  const told = (name: string) =>
    (chart?.series.find((one) => one.name === name)?.values ?? []).flatMap((value, i) =>
      value === 0 ? [] : [[chart?.labels[i], value]],
    )
  expect(told('unplanned')).toEqual([
    ['11:00', 10],
    ['11:30', 2],
  ])
  expect(told('planned')).toEqual([['12:45', 1]])
  const week = await storms.run(ask('prod'), tools)
  expect(week.charts?.[0]?.title).toBe('Elections every 12 h')
  expect(week.charts?.[0]?.labels.at(-1)).toBe('11-22 12:00')
  expect((await storms.run(ask('prod', '35d'), tools)).charts?.[0]?.labels.at(-1)).toBe('11-21')
})

test.each(['5m', '1h', '90m', '8h', '24h', '3d', '7d', '30d', '35d'])(
  'a chart over %s has what Slack draws, each label once',
  async (span) => {
    const { tools, ask } = scene({ stories: [story({ since: NOW - MINUTE, until: NOW })] })
    const [chart] = (await storms.run(ask('prod', span), tools)).charts ?? []
    expect(chart?.labels.length).toBeLessThanOrEqual(20)
    expect(new Set(chart?.labels).size).toBe(chart?.labels.length)
    expect(chart?.series[0]?.values.reduce((sum, value) => sum + value, 0)).toBe(12)
  },
)

test('where nobody looks now, no storm is not fine', async () => {
  const stale = scene({ standing: { ...CALM, lookedAt: NOW - HOUR } })
  const answer = await storms.run(stale.ask('prod'), stale.tools)
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toBe('Production: no storm in the last 7 days; nobody watches it now.')
  expect(answer.unseen).toEqual(['prod since 2026-11-22 12:00:00 UTC: nobody looked for 60 min'])
  const never = scene({ standing: undefined })
  expect((await storms.run(never.ask('prod'), never.tools)).unseen).toEqual([
    'prod: the watch has not looked at it yet',
  ])
})

test('a cluster that cannot be read now is unknown, never calm', async () => {
  const open = story({ kind: 'unknown', worst: 'unknown', until: undefined, cause: 'none' })
  const { tools, ask } = scene({ stories: [open] })
  const answer = await storms.run(ask('prod'), tools)
  expect(answer).toMatchObject({ severity: 'unknown', action: { ask: 'status prod' } })
  expect(answer.headline).toContain('a time in which it cannot be read goes on (2 h)')
})

test('storms shows nobody a cluster that they may not see', async () => {
  const { tools, ask } = scene({ stories: [story()] }, (_, { name }) => name !== 'prod')
  expect(cells(await storms.run(ask(), tools))).toEqual([])
  expect((await storms.run(ask('prod'), tools)).headline).toContain('You may not')
})

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

test('a storm whose end was lost with a store does not go on for ever', async () => {
  const open = story({ until: undefined })
  const { tools, ask } = scene({ stories: [open], standing: CALM })
  const answer = await storms.run(ask('prod'), tools)
  expect(answer).toMatchObject({
    severity: 'ok',
    headline: 'Production: 1 storm in the last 7 days.',
  })
  expect(cells(answer)[0]?.[2]).toBe('end unknown')
})

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

const fsyncing = (at: number, msPerSync: number, i: number) =>
  look(
    [1, 2, 3].map((n) =>
      member(n, {
        page: {
          hasLeader: true,
          walFsync: {
            edges: [1],
            counts: [10 * i],
            count: 10 * i,
            sum: (10 * i * msPerSync) / 1000,
          },
          quotaBytes: GIB,
        },
      }),
    ),
    { at },
  )

test('baseline shows what is usual beside now, what is above it, and how much was learned', async () => {
  const hour = hourOf(NOW) - HOUR
  const before = looksOf(Array.from({ length: 240 }, (_, i) => fsyncing(hour + i * 15_000, 2, i)))
  const learned = learnHour(emptyBaseline(0), hour, before)
  const now = looksOf([fsyncing(NOW - 20_000, 8, 0), fsyncing(NOW - 5000, 8, 1)])
  const { tools, ask } = scene({ baseline: learned, looks: now })
  const answer = await baseline.run(ask('prod'), tools)
  expect(answer.headline).toMatch(
    /^Production: mean fsync on m\d is 8 ms, usually 2 ms \(4 ×\); \d more signals far above their usual\.$/,
  )
  const [first] = cells(answer).filter((row) => row[1] === 'mean fsync')
  expect(first).toEqual([
    'm1',
    'mean fsync',
    '8 ms',
    '2 ms',
    '2 ms',
    '239 looks',
    'this hour of the week',
  ])
})

const learnedDay = (hours: readonly number[]) =>
  hours.reduce((learned, hour) => {
    const from = hourOf(NOW) - 24 * HOUR + hour * HOUR
    const msPerSync = new Date(from).getUTCHours() < 6 ? 4 : 2
    const looks = Array.from({ length: 40 }, (_, i) => fsyncing(from + i * 15_000, msPerSync, i))
    return learnHour(learned, from, looksOf(looks))
  }, emptyBaseline(0))

const HOURS_OF_DAY = Array.from({ length: 24 }, (_, hour) => hour)

test('baseline draws the usual of the day against now, of what is farthest above it', async () => {
  const now = looksOf([fsyncing(NOW - 20_000, 8, 0), fsyncing(NOW - 5000, 8, 1)])
  const { tools, ask } = scene({ baseline: learnedDay(HOURS_OF_DAY), looks: now })
  const answer = await baseline.run(ask('prod'), tools)
  expect(answer).toMatchObject({ severity: 'warning', action: { ask: 'diagnose prod' } })
  const [chart] = answer.charts ?? []
  expect(chart).toMatchObject({
    title: 'mean fsync on m1',
    yTitle: 'ms',
    xTitle: 'hour of the day, UTC; now 13:00',
  })
  expect(chart?.labels).toEqual(
    HOURS_OF_DAY.filter((hour) => hour % 2 === 0).map((hour) => `${hour}:00`.padStart(5, '0')),
  )
  const [shown, usual] = chart?.series ?? []
  expect(shown?.values).toEqual(Array.from({ length: 12 }, () => 8))
  expect(usual?.values).toEqual([4, 4, 4, ...Array.from({ length: 9 }, () => 2)])
})

test('where all is usual the slowest disk is drawn, and nothing before half a day was learned', async () => {
  const now = looksOf([fsyncing(NOW - 20_000, 2, 0), fsyncing(NOW - 5000, 2, 1)])
  const usual = scene({ baseline: learnedDay(HOURS_OF_DAY), looks: now })
  const answer = await baseline.run(usual.ask('prod'), usual.tools)
  expect(answer).toMatchObject({
    severity: 'ok',
    headline: 'Production is as usual at this hour.',
    charts: [{ title: expect.stringMatching(/^mean fsync on m\d$/) }],
  })
  const young = scene({ baseline: learnedDay([20, 21, 22, 23]), looks: now })
  expect((await baseline.run(young.ask('prod'), young.tools)).charts).toEqual([])
})

test('a member that was not read now is not as usual: it is unseen', async () => {
  const before = fsyncing(NOW - 20_000, 2, 0)
  const lost = look([member(1), member(2), member(3, { lost: 'refused' })], { at: NOW - 5000 })
  const { tools, ask } = scene({
    baseline: learnedDay(HOURS_OF_DAY),
    looks: looksOf([before, lost]),
  })
  expect((await baseline.run(ask('prod'), tools)).unseen).toEqual([
    "m3's metrics page now (refused)",
  ])
  const blind = scene({ baseline: learnedDay(HOURS_OF_DAY), looks: [] })
  expect(await baseline.run(blind.ask('prod'), blind.tools)).toMatchObject({ severity: 'unknown' })
})

test('an empty baseline is learning', async () => {
  const { tools, ask } = scene({ looks: looksOf([fsyncing(NOW - 5000, 2, 1)]) })
  const answer = await baseline.run(ask('prod'), tools)
  expect(answer.headline).toBe('Production: nothing is known to be usual yet.')
  expect(answer.facts[0]).toContain('Nothing was learned yet')
})

test('clusters tells how the watch stands, since when, of what storm, who took it and where to read it', async () => {
  const { tools, ask } = scene({
    standing: {
      cluster: 'prod',
      lookedAt: NOW - 5000,
      since: NOW - 10 * MINUTE,
      state: 'warning',
      severity: 'critical',
      headline: 'Storm warning, 3 elections: the disk of m1 is slow',
      cause: 'disk',
      weather: calmWeather(NOW),
      storm: story({ since: NOW - 10 * MINUTE, until: undefined }),
    },
  })
  const answer = await clusters.run(ask(), tools)
  expect(cells(answer)[0]).toEqual([
    'prod',
    'warning',
    'critical',
    '10 min',
    '5 s ago',
    'Storm warning, 3 elections: the disk of m1 is slow (10 min, 12 elections, disk on m1)',
    'U7',
  ])
  const [row] = answer.tables[0]?.rows ?? []
  expect(row?.[1]?.link).toBe('https://slack.com/archives/C1/prod-t2-1')
  expect(row?.[6]?.isPerson).toBe(true)
  expect(answer.headline).toBe(
    'prod: Storm warning, 3 elections: the disk of m1 is slow (10 min, 12 elections, disk on m1). 2 of 2 clusters need a look.',
  )
  expect(answer.action?.ask).toBe('diagnose prod')
  expect(answer.unseen).toEqual([])
})

test('all calm is one short line', async () => {
  const { tools, ask } = scene()
  const answer = await clusters.run(ask(), tools)
  expect(answer).toMatchObject({ headline: 'All 2 clusters are well.', severity: 'ok', unseen: [] })
  expect(cells(answer)[0]?.slice(1, 5)).toEqual(['calm', 'ok', '60 min', '5 s ago'])
})

test('a cluster that the watch has not looked at for long is not calm, however well it looks now', async () => {
  const { tools, ask } = scene({ standing: { ...CALM, lookedAt: NOW - HOUR } })
  const answer = await clusters.run(ask(), tools)
  expect(answer.severity).toBe('unknown')
  expect(answer.headline).toBe(
    'prod: Not watched for 60 min; by one look now: all 3 members answer, one leads. 2 of 2 clusters need a look.',
  )
  expect(cells(answer)[0]?.slice(1, 5)).toEqual(['unknown', 'unknown', '', '60 min ago'])
  expect(answer.unseen).toEqual(['storms since 2026-11-22 12:00:00 UTC: the watch has not looked'])
  const fresh = scene({ standing: undefined })
  expect(cells(await clusters.run(fresh.ask(), fresh.tools))[0]?.[4]).toBe('never')
})

test('without a store, or while it cannot be read, each cluster is looked at once', async () => {
  const none = scene({ none: true })
  const answer = await clusters.run(none.ask(), none.tools)
  expect(answer.headline).toBe('All 2 clusters are well.')
  expect(answer.unseen).toEqual([
    'the past: one look cannot tell whether leaders were lost before it',
  ])
  const away = scene({ trouble: 'ECONNREFUSED' })
  expect((await clusters.run(away.ask(), away.tools)).unseen).toEqual([
    'what the watch kept: ECONNREFUSED',
    'the past: one look cannot tell whether leaders were lost before it',
  ])
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
