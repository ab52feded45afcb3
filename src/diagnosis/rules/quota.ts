import type { Finding } from '../facts'
import type { Member } from '../status/members'
import { forecastEvidence, soonText } from '../usual/quota-words'
import { runsOut, type RunningOut } from '../usual/running-out'
import type { Rule, Situation } from './situation'

/** A database that reaches its quota within a day, at the pace that was seen. At 95 % the rule of the space speaks. */
export const quota: Rule = (situation) =>
  runsOut(situation.members, situation.outlook, situation.limits).flatMap((soon) => {
    const member = situation.members.find(({ endpoint }) => endpoint === soon.endpoint)
    return member === undefined ? [] : [findingOf(soon, member, situation)]
  })

const findingOf = (soon: RunningOut, member: Member, { settings, limits }: Situation): Finding => ({
  rule: 'quota-forecast',
  severity: soon.isPressing ? 'critical' : 'warning',
  member: member.name,
  summary: soonText({ ...soon, name: member.name }),
  evidence: forecastEvidence({ ...soon, name: member.name }, limits),
  action: {
    say: `${isRoomy(member, limits.fragmentedShare) ? 'Much of the file is free: defragment one member at a time, the leader last. Then find' : 'Find'} who writes so much before the database is full: then every write is refused. Compact and defragment to win time.`,
    ask: `writers ${settings.name}`,
  },
})

const isRoomy = ({ dbSizeBytes, dbInUseBytes }: Member, freeShare: number): boolean =>
  dbSizeBytes !== undefined &&
  dbInUseBytes !== undefined &&
  1 - dbInUseBytes / dbSizeBytes >= freeShare
