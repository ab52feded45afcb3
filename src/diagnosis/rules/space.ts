import type { ClusterSettings, Finding, Severity } from '../facts'
import type { Limits } from '../limits'
import { hostOf, type Member } from '../status/members'
import { bytesText, shareText } from '../quantity'
import type { Rule } from './situation'

/** etcd's quota when none is set: 2 GiB. */
export const DEFAULT_QUOTA_BYTES = 2 * 1024 ** 3

/** The database file against the quota: at the quota the cluster refuses writes. */
export const space: Rule = ({ members, limits, settings }) =>
  members.flatMap((member) => {
    const { dbSizeBytes, quotaBytes } = member
    if (dbSizeBytes === undefined || quotaBytes === undefined || quotaBytes <= 0) return []
    const share = dbSizeBytes / quotaBytes
    const severity = severityOf(share, limits)
    return severity === 'ok' ? [] : [findingOf(member, { share, severity, limits, settings })]
  })

const severityOf = (share: number, limits: Limits): Severity => {
  if (share >= limits.spaceCriticalShare) return 'critical'
  return share >= limits.spaceWarningShare ? 'warning' : 'ok'
}

type Judged = {
  readonly share: number
  readonly severity: Severity
  readonly limits: Limits
  readonly settings: ClusterSettings
}

const findingOf = (member: Member, { share, severity, limits, settings }: Judged): Finding => {
  const { dbSizeBytes = 0, dbInUseBytes, quotaBytes = 0 } = member
  const free = dbInUseBytes === undefined ? undefined : 1 - dbInUseBytes / dbSizeBytes
  const defaultQuota = quotaBytes === DEFAULT_QUOTA_BYTES ? ' (the default)' : ''
  return {
    rule: 'space',
    severity,
    member: member.name,
    summary: `${member.name}'s database takes ${shareText(share)} of its quota: ${bytesText(dbSizeBytes)} of ${bytesText(quotaBytes)}${defaultQuota}; at 100 % the cluster refuses writes`,
    evidence: [
      {
        name: 'database size',
        value: dbSizeBytes,
        unit: 'bytes',
        limit: Math.round(quotaBytes * limits.spaceWarningShare),
        member: member.name,
      },
      { name: 'quota', value: quotaBytes, unit: 'bytes', member: member.name },
      ...(dbInUseBytes === undefined
        ? []
        : [{ name: 'in use', value: dbInUseBytes, unit: 'bytes', member: member.name }]),
    ],
    action:
      free !== undefined && free >= limits.fragmentedShare
        ? {
            say: `${shareText(free)} of the file is free: defragment ${member.name}; it answers nothing meanwhile, so one member at a time and the leader last.`,
            run: `etcdctl --endpoints=${member.endpoint} defrag`,
          }
        : {
            say: 'Compact, and find who fills it. Raise --quota-backend-bytes (8 GiB at most) only after that.',
            ask: `writers ${settings.name}`,
          },
  }
}

/** A file that is mostly free space is slow to copy and counts against the quota. */
export const fragmentation: Rule = ({ members, limits }) =>
  members.flatMap((member) => {
    const { dbSizeBytes, dbInUseBytes } = member
    if (dbSizeBytes === undefined || dbInUseBytes === undefined || dbSizeBytes === 0) return []
    const free = 1 - dbInUseBytes / dbSizeBytes
    if (free < limits.fragmentedShare || dbInUseBytes < limits.fragmentedMinBytes) return []
    return [
      {
        rule: 'fragmentation',
        severity: 'ok' as const,
        member: member.name,
        summary: `${shareText(free)} of ${member.name}'s database file is free space (${bytesText(dbInUseBytes)} of ${bytesText(dbSizeBytes)} in use)`,
        evidence: [
          {
            name: 'free share',
            value: Number(free.toFixed(3)),
            unit: '',
            limit: limits.fragmentedShare,
            member: member.name,
          },
        ],
        action: {
          say: `In quiet hours, defragment one member at a time, the leader last; each answers nothing meanwhile.`,
          run: `etcdctl --endpoints=${member.endpoint} defrag  # on ${hostOf(member.endpoint)}`,
        },
      },
    ]
  })
