import { describe, expect, test } from '@jest/globals'
import { handoffOf } from '../../src/diagnosis/handoff'
import { detailsOf } from '../../src/diagnosis/handoff-details'
import { linesOf } from '../../src/diagnosis/handoff-words'
import { plainLine } from '../../src/diagnosis/line'
import type { HandoffFacts } from '../../src/diagnosis/shift/facts'
import { CHANGE, HOUR, MINUTE, NIGHT, cluster, facts, seenIn, standing, story } from './shifts'

const told = (given: HandoffFacts, zone?: string): readonly string[] =>
  linesOf(handoffOf(given), zone).map(plainLine)

describe('a quiet shift', () => {
  test('takes two lines', () => {
    expect(told(facts())).toEqual([
      'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: quiet.',
      'Seen throughout. No election; shift before: no election.',
    ])
  })

  test('is not quiet where five minutes were not seen', () => {
    const { looks } = cluster()
    const lines = told(facts([cluster({ looks: looks.toSpliced(20, 3) })]))
    expect(lines).toEqual([
      'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: no storm open.',
      'Not seen: nobody looked at prod 21:40 to 21:55.',
    ])
  })
})

test('a shift that nobody saw is unknown, and says so', () => {
  const unseen = facts([cluster({ looks: [], standing: standing({ lookedAt: NIGHT.from }) })])
  const handoff = handoffOf(unseen)
  expect(handoff).toMatchObject({ kind: 'unseen', severity: 'unknown' })
  expect(told(unseen)).toEqual([
    'Handoff of prod, Sat 21 Nov 20:00 to Sun 22 Nov 08:00 UTC: nothing was seen.',
    'Start here: Stormwatch has not looked at prod since 20:00. Next: stormwatch status prod',
    'Not seen: no look at prod was kept, so nothing can be said, good or bad.',
  ])
})

test('a storm that is open at the change is where to start, with who has it', () => {
  const open = story({ since: CHANGE - 90 * MINUTE, until: undefined, elections: 14 })
  const lines = (over: Parameters<typeof story>[0]) => {
    const storm = { ...open, ...story({ ...open, ...over }) }
    return told(
      facts([cluster({ standing: standing({ state: 'warning', storm }), stories: [storm] })]),
    )
  }
  expect(lines({})[1]).toBe(
    'Start here: prod has been in a storm since 06:30 (90 min, 14 elections, disk on etcd-2); nobody has taken it. Next: stormwatch diagnose prod',
  )
  expect(lines({ acknowledged: { by: 'U7', at: CHANGE - 80 * MINUTE } })[1]).toContain(
    'taken by U7 at 06:40.',
  )
})

test('the chart has at most 20 points, and leaves out what was not seen', () => {
  const half = seenIn({ from: NIGHT.from, to: NIGHT.from + 6 * HOUR })
  const handoff = handoffOf(facts([cluster({ looks: half, stories: [story()] })]))
  const [chart] = detailsOf(handoff).charts
  expect(chart?.labels.length).toBeLessThanOrEqual(20)
  expect(chart?.labels.at(-1)).toBe('01:20')
  expect(chart?.series.every(({ values }) => values.length === chart.labels.length)).toBe(true)
})
