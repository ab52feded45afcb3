import { sumOf } from '../diagnosis/histogram'
import type { Histogram } from '../diagnosis/facts'
import type { Answer, LinkGain, MemberGain, MemberLook } from '../diagnosis/look'
import type { Sample } from './rows'

/** How long a summary lasts. */
export const SUMMARY_MS = 300_000

/**
 * Looks of five minutes as one look, at the time of the last: gains are summed, answers are the slowest, state is the
 * last that was seen. Learnt from when all were.
 */
export const summariesOf = (samples: readonly Sample[]): readonly Sample[] => {
  const slots = new Map<number, Sample[]>()
  for (const sample of samples) {
    const slot = Math.floor(sample.at / SUMMARY_MS)
    slots.set(slot, [...(slots.get(slot) ?? []), sample])
  }
  return [...slots.values()].map(summaryOf)
}

const summaryOf = (samples: readonly Sample[]): Sample => {
  const last = samples.at(-1) as Sample
  const endpoints = new Set(samples.flatMap(({ members }) => members.map((one) => one.endpoint)))
  const logs = samples.flatMap((sample) => sample.logs ?? [])
  return {
    ...last,
    learn: samples.every(({ learn }) => learn),
    logs: samples.some((sample) => sample.logs !== undefined) ? logs : undefined,
    members: [...endpoints].map((endpoint) =>
      memberOf(
        samples.flatMap(({ members }) => members.filter((one) => one.endpoint === endpoint)),
      ),
    ),
  }
}

const memberOf = (looks: readonly MemberLook[]): MemberLook => {
  const last = looks.at(-1) as MemberLook
  const gains = looks.map(({ gain }) => gain).filter((gain) => gain !== undefined)
  return {
    ...withLastSeen(looks),
    status: slowest(looks.map(({ status }) => status)) ?? last.status,
    page: slowest(looks.map(({ page }) => page)) ?? last.page,
    seesLeader: looks.some(({ seesLeader }) => seesLeader === false) ? false : last.seesLeader,
    restarted: looks.some(({ restarted }) => restarted),
    errors: [...new Set(looks.flatMap(({ errors }) => errors))],
    pending: most(looks.map(({ pending }) => pending)),
    gcPauseMaxSeconds: most(looks.map((look) => look.gcPauseMaxSeconds)),
    gain: gains.length === 0 ? undefined : gainOf(gains),
  }
}

/** Each field as it was last seen. */
const withLastSeen = (looks: readonly MemberLook[]): MemberLook =>
  looks.reduce((all, look) => ({ ...all, ...definedOf(look) }))

const definedOf = (look: MemberLook): MemberLook =>
  Object.fromEntries(Object.entries(look).filter(([, value]) => value !== undefined)) as MemberLook

/** One that did not come is slower than any that did. */
const slowest = (answers: readonly Answer[]): Answer | undefined =>
  answers.toSorted((a, b) => Number(a.came) - Number(b.came) || b.tookMs - a.tookMs)[0]

const most = (values: readonly (number | undefined)[]): number | undefined => {
  const seen = values.filter((value) => value !== undefined)
  return seen.length === 0 ? undefined : Math.max(...seen)
}

const gainOf = (gains: readonly MemberGain[]): MemberGain => {
  const links = new Map<string, LinkGain[]>()
  for (const gain of gains)
    for (const [peer, link] of gain.links) links.set(peer, [...(links.get(peer) ?? []), link])
  const own = gains.map((gain) => ({ ...gain, links: undefined }))
  return {
    ...(summed(own) as object as Omit<MemberGain, 'links'>),
    links: new Map([...links].map(([peer, all]) => [peer, linkOf(all)])),
  }
}

const linkOf = (links: readonly LinkGain[]): LinkGain => ({
  ...(summed(links) as LinkGain),
  activeConnections: links.at(-1)?.activeConnections,
})

type Gains = Readonly<Record<string, number | Histogram | undefined>>

/** Numbers are summed, histograms too; what was never seen stays so. */
const summed = (all: readonly object[]): Gains => {
  const sum: Record<string, number | Histogram | undefined> = {}
  for (const gains of all as readonly Gains[])
    for (const [name, value] of Object.entries(gains)) sum[name] = plus(sum[name], value)
  return sum
}

const plus = (
  sum: number | Histogram | undefined,
  value: number | Histogram | undefined,
): number | Histogram | undefined => {
  if (sum === undefined || value === undefined) return sum ?? value
  if (typeof sum === 'number' || typeof value === 'number') return Number(sum) + Number(value)
  return sumOf([sum, value])
}
