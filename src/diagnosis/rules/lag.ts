import type { Evidence } from '../facts'
import type { Member } from '../status/members'
import { leaderOf } from './quorum'
import type { Rule } from './situation'

/** Members behind the most advanced one, and members that apply more slowly than they receive. */
export const lag: Rule = (situation) => {
  const { members, limits } = situation
  const top = Math.max(...members.map((member) => member.raftIndex ?? 0))
  const behind = members.filter((member) => indexLag(member, top) > limits.raftLagEntries)
  const slow = members.filter((member) => applyLag(member) > limits.applyLagEntries)
  return [
    ...behind.map((member) => ({
      rule: 'raft-lag',
      severity: 'warning' as const,
      member: member.name,
      summary: `${member.name} is ${indexLag(member, top)} entries behind the most advanced member: it restarted, is cut off, or cannot keep up`,
      evidence: [
        evidenceOf(member, 'raft index lag', indexLag(member, top), limits.raftLagEntries),
      ],
      action: {
        say: `Ask again in a minute: the lag must shrink. If it grows, look at ${member.name}'s disk and its link to ${leaderOf(situation)?.name ?? 'the leader'}.`,
      },
    })),
    ...slow.map((member) => ({
      rule: 'apply-lag',
      severity: 'warning' as const,
      member: member.name,
      summary: `${member.name} has ${applyLag(member)} committed entries still to apply; at 5000 it answers “too many requests”`,
      evidence: [evidenceOf(member, 'entries to apply', applyLag(member), limits.applyLagEntries)],
      action: {
        say: `Look for large reads or writes on ${member.name}: slow applies are named in its log.`,
        run: `journalctl -u etcd --since -5min | grep 'apply request took too long'`,
      },
    })),
  ]
}

/** Entries behind the most advanced member; 0 where the index was not seen. */
export const indexLag = (member: Member, top: number): number =>
  member.raftIndex === undefined ? 0 : top - member.raftIndex

const applyLag = ({ raftIndex, raftAppliedIndex }: Member): number =>
  raftIndex === undefined || raftAppliedIndex === undefined ? 0 : raftIndex - raftAppliedIndex

const evidenceOf = (member: Member, name: string, value: number, limit: number): Evidence => ({
  name,
  value,
  unit: 'entries',
  limit,
  member: member.name,
})
