import type { ClientHttp2Session } from 'node:http2'
import type { Failure } from '../../diagnosis/facts'
import type { Writes, WritesSoFar } from '../../diagnosis/writes/writes'
import { startDeadline } from '../deadline'
import type { Result } from '../failure'
import { openWatch, type WatchStream } from './stream'
import { createMeter, type Budget, type Meter } from './meter'

export type WritesWatchOptions = {
  readonly endpoint: string
  readonly session: ClientHttp2Session
  readonly authority: string | undefined
  readonly token: string | undefined
  readonly prefix: Buffer | undefined
  readonly forMs: number
  /** For the creation of the watch and for its last word, ms. */
  readonly readTimeoutMs: number
  /** Of a second; above, the watch is closed for the rest of the second, so that it costs the cluster no more. */
  readonly budget: Budget
  readonly onSoFar: (soFar: WritesSoFar) => void
}

/**
 * Counts what is written for `forMs`, by periods of a second. Fails when the watch could not be created; when it ends
 * early, what was seen is the answer. The member has no watch of ours when this resolves.
 */
export const watchWrites = async (
  options: WritesWatchOptions,
  signal: AbortSignal,
): Promise<Result<Writes>> => {
  const meter = createMeter(options.budget)
  const course: Course = { options, signal, meter, stream: undefined, from: 0, revision: 0 }
  try {
    const refused = await openIn(course)
    if (refused !== undefined) return { ok: false, why: refused }
    course.from = performance.now()
    const firstRevision = course.revision
    const cut = await follow(course)
    const forMs = performance.now() - course.from
    const doubt = cut ?? (await lastWord(course))
    return { ok: true, value: writesOf(course, { forMs, firstRevision, cut: doubt }) }
  } finally {
    close(course)
  }
}

type Course = {
  readonly options: WritesWatchOptions
  readonly signal: AbortSignal
  readonly meter: Meter
  stream: WatchStream | undefined
  from: number
  /** The newest that the member told of. */
  revision: number
}

const PERIOD_MS = 1000

/** Period after period until the time is over. Answers why it ended before. */
const follow = async (course: Course): Promise<string | undefined> => {
  const ends = course.from + course.options.forMs
  for (let begun = course.from; ends - begun > 1; begun = performance.now()) {
    const cut = await period(course, begun, Math.min(ends, begun + PERIOD_MS))
    course.options.onSoFar(soFarOf(course))
    if (cut !== undefined) return cut
  }
  return undefined
}

const period = async (course: Course, begun: number, ends: number): Promise<string | undefined> => {
  const { meter } = course
  const wasOpen = course.stream !== undefined
  const lost = await openIn(course)
  if (lost !== undefined) return lost.text
  const opened = wasOpen ? begun : performance.now()
  const event = await firstOf(course, ends)
  const watchedMs = performance.now() - opened
  if (event === 'full') {
    close(course)
    await firstOf(course, ends)
  }
  note(course)
  const lastedMs = performance.now() - begun
  meter.settle(wasOpen && event !== 'full' ? lastedMs : watchedMs, lastedMs)
  if (event === 'left' || course.signal.aborted) return 'it was ended early'
  return typeof event === 'object' ? event.text : undefined
}

/** What comes first: the end of the period, its budget used, nobody waiting any more, or the end of the watch. */
const firstOf = (
  { meter, stream, signal }: Course,
  ends: number,
): Promise<'over' | 'full' | 'left' | Failure> =>
  new Promise((resolve) => {
    const settle = (event: 'over' | 'full' | 'left' | Failure): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      resolve(event)
    }
    const leave = (): void => settle('left')
    const timer = setTimeout(() => settle('over'), Math.max(0, ends - performance.now()))
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    meter.begin(() => settle('full'))
    void stream?.ended.then(settle)
  })

/** Opens the watch unless it is open. Answers why it could not. */
const openIn = async (course: Course): Promise<Failure | undefined> => {
  if (course.stream !== undefined) return undefined
  const { options, meter, signal } = course
  const deadline = startDeadline(options.readTimeoutMs, signal)
  const opened = await openWatch({ ...options, onWrite: meter.take }, deadline.signal)
  deadline.clear()
  if (!opened.ok) return opened.why
  course.stream = opened.value
  note(course)
  return undefined
}

const note = (course: Course): void => {
  course.revision = Math.max(course.revision, course.stream?.revision() ?? 0)
}

const close = (course: Course): void => {
  course.stream?.close()
  course.stream = undefined
}

/** A member that hangs shows no writes either: it has to say that it told all. Answers what is in doubt. */
const lastWord = async (course: Course): Promise<string | undefined> => {
  course.meter.stop()
  const lost = await openIn(course)
  if (lost !== undefined) return lost.text
  const deadline = startDeadline(course.options.readTimeoutMs, course.signal)
  const why = await course.stream?.confirm(deadline.signal)
  deadline.clear()
  note(course)
  return why && `the member did not confirm at the end that it had told all: ${why.text}`
}

const soFarOf = ({ meter, from }: Course): WritesSoFar => {
  const elapsedMs = performance.now() - from
  return { seen: meter.seen(), elapsedMs, sampled: meter.watchedMs() < 0.99 * elapsedMs }
}

const writesOf = (
  { options: { endpoint, prefix }, meter, revision }: Course,
  known: Pick<Writes, 'forMs' | 'cut'> & { readonly firstRevision: number },
): Writes => {
  const { firstRevision, ...told } = known
  const isSampled = meter.watchedMs() < 0.99 * told.forMs
  if (isSampled && prefix === undefined && revision > firstRevision)
    meter.calibrate(revision - firstRevision)
  return {
    endpoint,
    ...told,
    watchedMs: Math.min(told.forMs, meter.watchedMs()),
    seen: meter.seen(),
    revisions: revision === 0 ? undefined : revision - firstRevision,
    revisionsSeen: meter.revisions(),
    tree: meter.tree(),
  }
}
