import type { Evidence } from '../facts'
import { saySeconds } from '../histogram'
import type { LinkSignals } from '../window/links'
import type { MemberSignals } from '../window/member-signals'
import type { Signals } from '../window/signals'
import type { CauseName, Hypothesis } from '../verdict'

/** What a cause says of itself; the rest of a hypothesis is empty unless given. */
export type Judged = Partial<Hypothesis> & Pick<Hypothesis, 'standing' | 'summary' | 'action'>

export const hypothesis = (cause: CauseName, judged: Judged): Hypothesis => ({
  cause,
  supports: [],
  refutes: [],
  unseen: [],
  ...judged,
})

/** Evidence without what was not seen. */
export const seen = (...all: readonly (Evidence | undefined)[]): readonly Evidence[] =>
  all.filter((one) => one !== undefined)

export const times = (
  name: string,
  value: number | undefined,
  member?: string,
): Evidence | undefined =>
  value === undefined
    ? undefined
    : { name, value, unit: value === 1 ? 'time' : 'times', ...(member !== undefined && { member }) }

/** What a figure is seen beside. */
type Beside = {
  readonly limit?: number | undefined
  readonly usual?: number | undefined
  readonly member?: string
}

/** A share of 0 to 1 as per cent. */
export const share = (
  name: string,
  value: number | undefined,
  { limit, usual, ...where }: Beside = {},
): Evidence | undefined =>
  figure(
    { name, unit: '%', value: percent(value) },
    { limit: percent(limit), usual: percent(usual), ...where },
  )

export const millis = (
  name: string,
  value: number | undefined,
  { usual, ...beside }: Beside = {},
): Evidence | undefined =>
  figure({ name, unit: 'ms', value: rounded(value) }, { usual: rounded(usual), ...beside })

type Figure = { readonly name: string; readonly unit: string; readonly value: number | undefined }

const figure = (
  { name, unit, value }: Figure,
  { limit, usual, member }: Beside,
): Evidence | undefined =>
  value === undefined
    ? undefined
    : {
        name,
        value,
        unit,
        ...(limit !== undefined && { limit }),
        ...(usual !== undefined && { usual }),
        ...(member !== undefined && { member }),
      }

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toPrecision(3))

const percent = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : rounded(100 * value)

/** How often the pages of a member came late. */
export const pagesLate = (member: MemberSignals): Evidence | undefined =>
  member.pages === 0
    ? undefined
    : share('pages that came late', member.pagesSlow / member.pages, { member: member.name })

/** The member with the most of something; undefined when all have none. */
export const foremost = (
  members: readonly MemberSignals[],
  weight: (member: MemberSignals) => number,
): MemberSignals | undefined => {
  const best = members.toSorted((a, b) => weight(b) - weight(a))[0]
  return best && weight(best) > 0 ? best : undefined
}

/** Mean round trip of a link in ms. Undefined without a sample. */
export const meanRoundTripMs = (link: LinkSignals | undefined): number | undefined => {
  const gain = link?.roundTrip
  return gain === undefined || gain.count === 0 ? undefined : (1000 * gain.sum) / gain.count
}

/** Mean round trip over the calm part; over the whole window where there is no other. */
export const usualRoundTripMs = ({ calmLinks, links }: Signals): number | undefined => {
  const calm = calmLinks.map(meanRoundTripMs).filter((ms) => ms !== undefined)
  const all = calm.length > 0 ? calm : links.map(meanRoundTripMs).filter((ms) => ms !== undefined)
  return all.length === 0 ? undefined : Math.max(...all)
}

export const nameOf = (signals: Signals, endpoint: string | undefined): string =>
  signals.members.find((member) => member.endpoint === endpoint)?.name ??
  endpoint ??
  'an unwatched member'

export const unplanned = ({ history }: Signals) =>
  history.elections.filter((election) => election.planned === undefined)

export const noLogs = ({ logs }: Signals, what: string): readonly string[] =>
  logs === undefined ? [`No member's log is read: ${what}`] : []

export { saySeconds }
