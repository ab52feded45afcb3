import type { ClusterConfig } from '../../config'
import type { MemberReading, Observation } from '../../diagnosis/facts'
import { gatewayStatus, partFields } from './line'

/** The first line of a trace. Timeouts that nobody configured are left out: the members' start logs may tell them. */
export const traceHeader = ({ name, settings }: ClusterConfig): string => {
  const { timeoutsFrom, heartbeatMs, electionMs } = settings
  const timeouts = timeoutsFrom === 'default' ? {} : { heartbeatMs, electionMs }
  return lineOf({ trace: 1, cluster: name, ...timeouts })
}

/** The lines of one look: one a member. `pages` are the metrics pages as they came, by endpoint. */
export const traceLook = (look: Observation, pages: ReadonlyMap<string, string>): string =>
  look.members.map((member) => memberLine(look.at, member, pages)).join('')

const memberLine = (
  at: number,
  member: MemberReading,
  pages: ReadonlyMap<string, string>,
): string =>
  lineOf({
    at,
    endpoint: member.endpoint,
    ...partFields('status', member.status, gatewayStatus),
    ...partFields('metrics', member.scrape, () => pages.get(member.endpoint) ?? ''),
  })

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`
