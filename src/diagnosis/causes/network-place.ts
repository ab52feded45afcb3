import { heardShare } from '../window/links'
import type { LinkSignals } from '../window/links'
import type { Signals } from '../window/signals'
import type { Link } from '../verdict'
import { meanRoundTripMs } from './evidence'

/** What was found between members that ran. */
export type Findings = {
  readonly silent: readonly LinkSignals[]
  readonly broken: readonly LinkSignals[]
  /** Of `broken`, at so many looks that no restart of a stream explains it. */
  readonly resetting: readonly LinkSignals[]
  readonly far: readonly LinkSignals[]
  /** Leaders deposed, or stepped down, though they ran. */
  readonly cut: readonly string[]
  /** Leaders that changed without a trace of why. */
  readonly clean: number
  /** Of `cut`, told by their own logs. */
  readonly told: number
  /** Members that ran and saw no leader, none of them for want of members to elect one. */
  readonly alone: readonly string[]
  readonly leaderless: number
}

/** The member or the link at fault, where one is. */
export type Place = { readonly member?: string; readonly link?: Link }

/** One member whose every leader link is silent, or one link beside others that work; else the leader at the time. */
export const placeOf = (found: Findings, signals: Signals): Place => {
  const pairs = (
    found.silent.length > 0 ? found.silent : found.broken.length > 0 ? found.broken : []
  ).map((link) => link.ends)
  const [first] = pairs
  if (pairs.length === 1 && first !== undefined) return ofOnePair(first, found, signals)
  const common =
    pairs.length > 1 ? first?.find((end) => pairs.every((pair) => pair.includes(end))) : undefined
  if (common !== undefined) return { member: common }
  if (found.alone.length === 1 && found.leaderless === 0) return { member: found.alone[0] ?? '' }
  const farPlace = ofFar(found.far, signals)
  if (farPlace !== undefined) return farPlace
  const leader = found.cut.at(-1)
  return leader === undefined || found.leaderless >= 2 ? {} : { member: leader }
}

const ofOnePair = (pair: Link, found: Findings, signals: Signals): Place => {
  const cutOff = loneliest(
    pair.filter((end) => found.alone.includes(end)),
    signals,
  )
  if (cutOff === undefined) return { link: pair }
  const other = pair.find((end) => end !== cutOff) ?? ''
  const span = {
    from: signals.trouble?.from ?? 0,
    to: signals.trouble?.to ?? signals.looks.length - 1,
  }
  const heard = heardShare([cutOff, other], signals, span)
  return heard !== undefined && heard < 0.5 ? { member: cutOff } : { link: pair }
}

/** When a cut deposes leaders, everybody is alone for a while: who is so most is where it starts. */
const loneliest = (endpoints: readonly string[], { members }: Signals): string | undefined =>
  members
    .filter((member) => endpoints.includes(member.endpoint))
    .toSorted((a, b) => b.alone - a.alone)[0]?.endpoint

/** Where all links are far, it is none of them. The calm part may hold the first samples of a rise: here size alone counts. */
const ofFar = (risen: readonly LinkSignals[], signals: Signals): Place | undefined => {
  const { links } = signals
  const most = Math.max(0, ...risen.map((link) => meanRoundTripMs(link) ?? 0))
  const far =
    risen.length === 0 ? [] : links.filter((link) => (meanRoundTripMs(link) ?? 0) >= most / 3)
  const [first] = far
  if (first === undefined) return undefined
  if (far.length === links.length) return links.length === 1 ? { link: first.ends } : {}
  if (far.length === 1) return { link: first.ends }
  const common = first.ends.find((end) => far.every((link) => link.ends.includes(end)))
  return common === undefined ? {} : { member: common }
}
