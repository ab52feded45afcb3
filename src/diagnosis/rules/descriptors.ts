import { shareText } from '../quantity'
import type { Rule } from './situation'

/** Open files against the limit: at the limit etcd accepts no connection. */
export const descriptors: Rule = ({ members, limits }) =>
  members.flatMap(({ name, openFds, maxFds }) => {
    if (openFds === undefined || maxFds === undefined || maxFds <= 0) return []
    const share = openFds / maxFds
    if (share < limits.openFdsShare) return []
    return [
      {
        rule: 'descriptors',
        severity: 'warning' as const,
        member: name,
        summary: `${name} uses ${shareText(share)} of its file descriptors (${openFds} of ${maxFds}); at the limit it accepts no connection`,
        evidence: [
          {
            name: 'open files',
            value: openFds,
            unit: 'files',
            limit: Math.round(maxFds * limits.openFdsShare),
            member: name,
          },
        ],
        action: {
          say: `Find the client that keeps connections open, or raise LimitNOFILE for etcd.`,
          run: 'ss -tn state established "( sport = :2379 )" | awk \'{print $4}\' | cut -d: -f1 | sort | uniq -c | sort -rn | head',
        },
      },
    ]
  })
