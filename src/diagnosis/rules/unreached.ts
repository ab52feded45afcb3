import type { Action, Failure, Finding } from '../facts'
import { hostOf, type Member } from '../status/members'
import { durationText } from '../quantity'
import { leaderOf } from './quorum'
import type { Rule, Situation } from './situation'

/** Each member that did not answer, with what that failure means and the next step for it. */
export const unreached: Rule = (situation) =>
  situation.members.flatMap((member) =>
    member.reached || member.statusWhy === undefined
      ? []
      : [findingOf(member, member.statusWhy, situation)],
  )

const findingOf = (member: Member, why: Failure, situation: Situation): Finding => {
  const { members, quorum, settings } = situation
  const left = members.filter((other) => other.reached && other.isLearner !== true).length
  const spare = left - quorum
  return {
    rule: 'unreached',
    severity: spare < 0 ? 'critical' : 'warning',
    member: member.name,
    summary: `${whoIs(member, situation)} ${meaningOf(why)}${spare === 0 ? '; one more loss and no write can succeed' : ''}`,
    evidence: [
      { name: 'error', value: why.text, unit: '', member: member.name },
      { name: 'voting members that answer', value: left, unit: 'members', limit: quorum },
      {
        name: 'election timeout',
        value: settings.electionMs,
        unit: 'ms',
      },
    ].filter((evidence) => evidence.name !== 'election timeout' || why.kind === 'deadline'),
    action: actionFor(member, why),
  }
}

/** That the others still name it as leader makes its silence urgent: an election is due. */
const whoIs = (member: Member, situation: Situation): string =>
  leaderOf(situation)?.endpoint === member.endpoint
    ? `${member.name}, which the others still name as leader,`
    : member.name

const meaningOf = (why: Failure): string => {
  switch (why.kind) {
    case 'refused':
      return 'is down: nothing listens there (connection refused)'
    case 'deadline':
      return 'does not answer in time: hung, paused, or cut off from here'
    case 'tls':
      return `refuses the TLS handshake: ${why.text}`
    case 'name':
      return `cannot be found: ${why.text}`
    case 'denied':
      return `denies this user: ${why.text}`
    case 'reset':
      return 'breaks the connection off'
    case 'malformed':
    case 'too-large':
    case 'http':
    case 'other':
      return `cannot be read: ${why.text}`
  }
}

const actionFor = (member: Member, why: Failure): Action => {
  const host = hostOf(member.endpoint).replace(/:\d+$/, '')
  switch (why.kind) {
    case 'refused':
      return {
        say: `On ${host}: see why etcd ended, then start it.`,
        run: 'journalctl -u etcd -n 50 --no-pager',
      }
    case 'tls':
      return {
        say: `Compare the certificate that ${member.name} presents with clusters' tls settings (ca, cert, key, serverName).`,
        run: `openssl s_client -connect ${hostOf(member.endpoint)} -showcerts </dev/null`,
      }
    case 'name':
      return { say: `Correct the host name or its DNS entry.`, run: `getent hosts ${host}` }
    case 'deadline':
    case 'denied':
    case 'reset':
    case 'malformed':
    case 'too-large':
    case 'http':
    case 'other':
      return {
        say: `On ${host}: ask etcd itself, to tell a hung process from a cut line.`,
        run: `etcdctl --endpoints=${member.endpoint} --command-timeout=5s endpoint status`,
      }
  }
}

/** A page that could not be read while the member answers: what it would have told stays unseen. */
export const pageUnread: Rule = ({ members }) =>
  members.flatMap((member) => {
    const why = member.scrapeWhy
    if (why === undefined || !member.reached) return []
    return [
      {
        rule: 'page-unread',
        severity: 'warning' as const,
        member: member.name,
        summary: `${member.name}'s metrics page could not be read: ${why.text}`,
        evidence: [{ name: 'error', value: why.text, unit: '', member: member.name }],
        action: {
          say: `Set clusters' metrics for this cluster to the address that serves /metrics (kubeadm: http://NODE:2381/metrics).`,
        },
      },
    ]
  })

/** How slow is slow is in the limits; which of the two is slow tells a disk from a process that does not run. */
export const slowAnswers: Rule = ({ members, limits }) =>
  members.flatMap((member) => {
    const { statusMs, scrapeMs } = member
    if (statusMs === undefined || statusMs <= limits.statusSlowMs) return []
    const late = scrapeMs !== undefined && scrapeMs > limits.scrapeSlowMs
    const page =
      scrapeMs === undefined
        ? 'its page was not read'
        : `its page came after ${durationText(scrapeMs)}`
    return [
      {
        rule: 'slow-status',
        severity: 'warning' as const,
        member: member.name,
        summary: `${member.name} took ${durationText(statusMs)} to answer Status and ${page}: ${late ? 'the process itself is late (CPU or a pause)' : 'it waits for its storage'}`,
        evidence: [
          {
            name: 'Status',
            value: Math.round(statusMs),
            unit: 'ms',
            limit: limits.statusSlowMs,
            member: member.name,
          },
          ...(scrapeMs === undefined
            ? []
            : [
                {
                  name: 'metrics page',
                  value: Math.round(scrapeMs),
                  unit: 'ms',
                  limit: limits.scrapeSlowMs,
                  member: member.name,
                },
              ]),
        ],
        action: late
          ? {
              say: `On ${hostOf(member.endpoint)}: look for CPU limits and stolen time.`,
              run: 'vmstat 1 5',
            }
          : {
              say: `On ${hostOf(member.endpoint)}: look at the disk that holds etcd's data.`,
              run: 'iostat -x 1 5',
            },
      },
    ]
  })
