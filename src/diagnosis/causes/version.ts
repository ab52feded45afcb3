import { lacksPreVote } from '../releases'
import type { Signals } from '../window/signals'
import type { Hypothesis } from '../verdict'
import { hypothesis, seen, unplanned } from './evidence'

/**
 * Before 3.5 a member that lost its leader raises the term alone (no pre-vote), and deposes the leader when it comes back.
 * That lengthens a storm; it seldom is one.
 */
export const version = (signals: Signals): Hypothesis => {
  const old = signals.members.filter((member) => lacksPreVote(member.version))
  const versions = [
    ...new Set(signals.members.map((member) => member.version).filter((one) => one !== undefined)),
  ]
  const suspect = old.length > 0 && unplanned(signals).length > 0
  const told =
    suspect &&
    signals.logs?.some(
      (event) => event.kind === 'higher-term' && wasLeader(signals, event.endpoint, event.at),
    )
  return hypothesis('version', {
    standing: versions.length === 0 ? 'cannot-tell' : suspect ? 'possible' : 'ruled-out',
    summary: suspect
      ? 'Without pre-vote (before 3.5) a member that comes back deposes a healthy leader'
      : versions.length > 1
        ? 'Members run different versions, none of which explains this'
        : 'No known fault of this version explains this',
    supports: suspect
      ? seen(
          { name: 'version', value: versions.join(', '), unit: '', limit: 3.5 },
          told ? { name: 'leader deposed by a higher term', value: 'yes', unit: '' } : undefined,
        )
      : [],
    refutes: suspect
      ? []
      : seen(
          versions.length > 0
            ? { name: 'version', value: versions.join(', '), unit: '' }
            : undefined,
        ),
    unseen: versions.length === 0 ? ['No member told its version'] : [],
    action: {
      say: 'Upgrade to 3.5 or later, one minor at a time; until then start every member with --pre-vote',
    },
  })
}

const wasLeader = ({ depositions }: Signals, endpoint: string, at: number): boolean =>
  depositions.some(
    (deposition) => deposition.leader === endpoint && Math.abs(deposition.election.at - at) < 5000,
  )
