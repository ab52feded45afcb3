import type { Trace } from '../cluster/trace/trace'
import type { ClusterSettings, State } from '../diagnosis/facts'
import type { Limits } from '../diagnosis/limits'
import type { Link, Verdict } from '../diagnosis/verdict'
import { newWatch } from '../diagnosis/storm/watcher'
import type { Post } from '../diagnosis/storm/watcher'
import { FRESH_EYES, judgeWindow, seeNext } from './round'
import type { Eyes, Judged } from './round'

/** What watching a trace would have said: the documented JSON of `replay`. */
export type Replay = {
  readonly looks: number
  /** Where the state changed, the first look included. */
  readonly states: readonly { readonly at: number; readonly state: State }[]
  readonly posts: readonly ReplayedPost[]
  readonly cause: Verdict['cause']
  readonly member?: string
  readonly link?: Link
  /** Elections that nothing planned explains, and planned ones. */
  readonly elections: number
  readonly planned: number
  /** Where a damaged trace ends. */
  readonly damage?: string
}

export type ReplayedPost = {
  readonly at: number
  readonly reason: Post['reason']
  readonly state: State
  readonly cause: Verdict['cause']
  readonly summary: string
}

/** The JSON, and the verdict at the end; undefined for a trace without a look. */
export type Replayed = { readonly replay: Replay; readonly verdict: Verdict | undefined }

/** Runs exactly what watches live, over a trace. Deterministic: nothing but the trace and the limits goes in. */
export const replay = (trace: Trace, limits: Limits): Replayed => {
  const settings = settingsOf(trace)
  let run: Run = START
  for (const observation of trace.looks) {
    const eyes = seeNext(run.eyes, observation)
    const before = run.judged?.watch ?? newWatch(observation.at)
    run = after(run, eyes, judgeWindow(before, { looks: eyes.window, settings, limits }))
  }
  const verdict = run.judged?.verdict()
  return { verdict, replay: jsonOf(run, trace, verdict) }
}

type Run = {
  readonly eyes: Eyes
  readonly judged: Judged | undefined
  readonly states: Replay['states']
  readonly posts: readonly ReplayedPost[]
  /** Elections that left the window. */
  readonly past: { readonly elections: number; readonly planned: number }
}

const START: Run = {
  eyes: FRESH_EYES,
  judged: undefined,
  states: [],
  posts: [],
  past: { elections: 0, planned: 0 },
}

const after = (run: Run, eyes: Eyes, judged: Judged): Run => {
  const { watch, post } = judged
  const from = eyes.window[0]?.at ?? 0
  const left = (run.judged?.elections ?? []).filter((election) => election.at < from)
  const planned = left.filter((election) => election.planned !== undefined).length
  const at = eyes.window.at(-1)?.at ?? 0
  const { state } = watch.storm
  return {
    eyes: { ...eyes, window: judged.window },
    judged,
    states: run.states.at(-1)?.state === state ? run.states : [...run.states, { at, state }],
    posts: post === undefined ? run.posts : [...run.posts, replayed(post)],
    past: {
      elections: run.past.elections + left.length - planned,
      planned: run.past.planned + planned,
    },
  }
}

const replayed = ({ at, reason, verdict }: Post): ReplayedPost => ({
  at,
  reason,
  state: verdict.state,
  cause: verdict.cause,
  summary: verdict.headline,
})

/** Timeouts as the header says; without one, as the members' start logs say, else etcd's defaults. */
export const settingsOf = ({ title, heartbeatMs, electionMs }: Trace): ClusterSettings => ({
  name: title,
  heartbeatMs: heartbeatMs ?? 100,
  electionMs: electionMs ?? 1000,
  timeoutsFrom: electionMs === undefined ? 'default' : 'config',
  quotaBytes: undefined,
})

const jsonOf = (run: Run, trace: Trace, verdict: Verdict | undefined): Replay => ({
  looks: trace.looks.length,
  states: run.states,
  posts: run.posts,
  cause: verdict?.cause ?? 'unknown',
  ...(verdict?.member !== undefined && { member: verdict.member }),
  ...(verdict?.link !== undefined && { link: verdict.link }),
  elections: run.past.elections + (verdict?.unplanned ?? 0),
  planned: run.past.planned + (verdict?.planned ?? 0),
  ...(trace.damage && { damage: `line ${trace.damage.line}: ${trace.damage.why}` }),
})
