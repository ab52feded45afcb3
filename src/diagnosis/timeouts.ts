import type { Action } from './facts'

/** What was measured, in ms. `stallMs` is a floor of the longest stall that no fault explains. */
export type Measured = {
  readonly heartbeatMs: number
  readonly electionMs: number
  readonly roundTripMs: number | undefined
  readonly stallMs: number
}

export type Timeouts = { readonly heartbeatMs: number; readonly electionMs: number }

const DEFAULTS: Timeouts = { heartbeatMs: 100, electionMs: 1000 }
/** etcd refuses to start above it (config.go). */
const ELECTION_MAX_MS = 50_000

/**
 * Heartbeat about one round trip, election ten of them (etcd's tuning guide) and twice the longest ordinary stall, never below
 * etcd's defaults, rounded to what people write.
 */
export const timeoutsFor = ({ roundTripMs, stallMs }: Measured): Timeouts => {
  const trip = roundTripMs ?? 0
  const heartbeatMs = Math.min(
    ELECTION_MAX_MS / 10,
    Math.max(DEFAULTS.heartbeatMs, roundUp(1.5 * trip, 50)),
  )
  const wanted = Math.max(DEFAULTS.electionMs, 10 * trip, 10 * heartbeatMs, 2 * stallMs)
  return { heartbeatMs, electionMs: Math.min(ELECTION_MAX_MS, roundUp(wanted, 500)) }
}

/** The step to take, or the reason to leave them. */
export const adviseTimeouts = (measured: Measured): Action => {
  const { heartbeatMs, electionMs } = timeoutsFor(measured)
  if (electionMs <= measured.electionMs && heartbeatMs <= measured.heartbeatMs)
    return {
      say: `Leave the timeouts at ${measured.heartbeatMs}/${measured.electionMs} ms: they have room for what was measured`,
    }
  return {
    say: `Set heartbeat ${heartbeatMs} ms and election ${electionMs} ms on every member, followers first, the leader last`,
    run: `--heartbeat-interval=${heartbeatMs} --election-timeout=${electionMs}`,
  }
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step
