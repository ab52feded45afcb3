import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { adviseTimeouts, timeoutsFor } from '../../src/diagnosis/timeouts'

test.each([
  [{ heartbeatMs: 20, electionMs: 100, roundTripMs: 20, stallMs: 30 }, 100, 1000],
  [{ heartbeatMs: 100, electionMs: 1000, roundTripMs: 130, stallMs: 0 }, 200, 2000],
  [{ heartbeatMs: 100, electionMs: 1000, roundTripMs: undefined, stallMs: 0 }, 100, 1000],
  [{ heartbeatMs: 100, electionMs: 1000, roundTripMs: 1, stallMs: 900 }, 100, 2000],
])(
  'timeouts are ten round trips and two stalls, and never below the defaults',
  (measured, heartbeatMs, electionMs) => {
    expect(timeoutsFor(measured)).toEqual({ heartbeatMs, electionMs })
  },
)

test('what is advised is what etcd starts with: at least five heartbeats, at most 50 s', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      (roundTripMs, stallMs) => {
        const { heartbeatMs, electionMs } = timeoutsFor({
          heartbeatMs: 100,
          electionMs: 1000,
          roundTripMs,
          stallMs,
        })
        expect(electionMs).toBeLessThanOrEqual(50_000)
        expect(electionMs).toBeGreaterThanOrEqual(5 * heartbeatMs)
      },
    ),
  )
})

test('timeouts with room for what was measured are left alone', () => {
  const advice = adviseTimeouts({ heartbeatMs: 500, electionMs: 5000, roundTripMs: 30, stallMs: 0 })
  expect(advice).toEqual({ say: expect.stringContaining('Leave the timeouts at 500/5000 ms') })
})
