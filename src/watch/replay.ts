import type { Trace } from '../cluster/trace'
import type { ClusterSettings, State } from '../diagnosis/facts'
import type { Limits } from '../diagnosis/limits'
import { takeLook } from '../diagnosis/look'
import type { Look, Memory } from '../diagnosis/look'
import type { Link, Verdict } from '../diagnosis/verdict'
import { newWatch, watchLook } from '../diagnosis/watcher'
import type { Post, Watch } from '../diagnosis/watcher'

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

/** A watcher judges by the last 15 minutes (design, *diagnose*). */
const WINDOW_MS = 15 * 60_000

/** Runs exactly what watches live, over a trace. Deterministic: nothing but the trace and the limits goes in. */
export const replay = (trace: Trace, limits: Limits): Replayed => {
  const settings = settingsOf(trace)
  let run: Run = START
  for (const observation of trace.looks) {
    const { look, memory } = takeLook(run.memory, observation)
    run = after(run, { look, memory, settings, limits })
  }
  return { verdict: run.verdict, replay: jsonOf(run, trace) }
}

type Run = {
  readonly memory: Memory
  readonly window: readonly Look[]
  readonly watch: Watch | undefined
  readonly verdict: Verdict | undefined
  readonly states: Replay['states']
  readonly posts: readonly ReplayedPost[]
  /** Elections that left the window. */
  readonly past: { readonly elections: number; readonly planned: number }
}

const START: Run = {
  memory: new Map(),
  window: [],
  watch: undefined,
  verdict: undefined,
  states: [],
  posts: [],
  past: { elections: 0, planned: 0 },
}

type Step = {
  readonly look: Look
  readonly memory: Memory
  readonly settings: ClusterSettings
  readonly limits: Limits
}

const after = (run: Run, { look, memory, settings, limits }: Step): Run => {
  const window = [...run.window, look].filter((one) => one.at > look.at - WINDOW_MS)
  const { watch, verdict, post } = watchLook(run.watch ?? newWatch(look.at), {
    looks: window,
    settings,
    limits,
  })
  const left = (run.verdict?.elections ?? []).filter(
    (election) => election.at < (window[0]?.at ?? 0),
  )
  const planned = left.filter((election) => election.planned !== undefined).length
  const changed = run.states.at(-1)?.state !== verdict.state
  return {
    memory,
    window,
    watch,
    verdict,
    states: changed ? [...run.states, { at: look.at, state: verdict.state }] : run.states,
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
const settingsOf = ({ title, heartbeatMs, electionMs }: Trace): ClusterSettings => ({
  name: title,
  heartbeatMs: heartbeatMs ?? 100,
  electionMs: electionMs ?? 1000,
  timeoutsFrom: electionMs === undefined ? 'default' : 'config',
  quotaBytes: undefined,
})

const jsonOf = (run: Run, trace: Trace): Replay => ({
  looks: trace.looks.length,
  states: run.states,
  posts: run.posts,
  cause: run.verdict?.cause ?? 'unknown',
  ...(run.verdict?.member !== undefined && { member: run.verdict.member }),
  ...(run.verdict?.link !== undefined && { link: run.verdict.link }),
  elections: run.past.elections + (run.verdict?.unplanned ?? 0),
  planned: run.past.planned + (run.verdict?.planned ?? 0),
  ...(trace.damage && { damage: `line ${trace.damage.line}: ${trace.damage.why}` }),
})
