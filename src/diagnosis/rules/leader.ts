import type { Finding } from '../facts'
import type { Member } from '../status/members'
import { listText } from '../quantity'
import { endpointsFlag, type Rule, type Situation } from './situation'

/** Two members that each claim to lead, or members that name different leaders. */
export const leader: Rule = (situation) => {
  const claimants = situation.members.filter(
    (member) =>
      member.leader.sees === 'leader' && member.id !== undefined && member.leader.id === member.id,
  )
  if (claimants.length > 1) return [twoLeaders(situation, claimants)]
  return disagreement(situation)
}

const twoLeaders = ({ members }: Situation, claimants: readonly Member[]): Finding => ({
  rule: 'two-leaders',
  severity: 'critical',
  summary: `${listText(claimants.map((member) => `${member.name} (term ${member.raftTerm ?? '?'})`))} each say that they lead: the one with the lower term is cut off from the majority, or an election passed between the readings`,
  evidence: claimants.map((member) => ({
    name: 'raft term',
    value: member.raftTerm ?? 'unseen',
    unit: '',
    member: member.name,
  })),
  action: {
    say: 'Ask again; if both still lead, look at the peer network of the one with the lower term.',
    run: `etcdctl ${endpointsFlag(members)} endpoint status -w table`,
  },
})

const disagreement = ({ members }: Situation): readonly Finding[] => {
  const named = members.filter(
    (member) => member.leader.sees === 'leader' && member.leader.id !== undefined,
  )
  const ids = new Set(
    named.map((member) => (member.leader.sees === 'leader' ? member.leader.id : '')),
  )
  const blind = members.filter((member) => member.leader.sees === 'none')
  if (ids.size > 1) return [differ(members, named)]
  return blind.length > 0 && named.length > 0
    ? blind.map((member) => blindOne(members, member))
    : []
}

const differ = (members: readonly Member[], named: readonly Member[]): Finding => ({
  rule: 'leader-disagreement',
  severity: 'warning',
  summary: `members name different leaders: an election passed between the readings, or some are cut off`,
  evidence: named.map((member) => ({
    name: 'names as leader',
    value: nameOfLeader(members, member),
    unit: '',
    member: member.name,
  })),
  action: {
    say: 'Ask again; if they still differ, look at the peer network of those with the lower term.',
    run: `etcdctl ${endpointsFlag(members)} endpoint status -w table`,
  },
})

const blindOne = (members: readonly Member[], member: Member): Finding => ({
  rule: 'member-sees-no-leader',
  severity: 'warning',
  member: member.name,
  summary: `${member.name} sees no leader while others do: it cannot reach the leader, and its clients' writes fail`,
  evidence: [
    { name: 'raft term', value: member.raftTerm ?? 'unseen', unit: '', member: member.name },
  ],
  action: {
    say: `Test the peer port (2380) between ${member.name} and the other members.`,
    run: `etcdctl ${endpointsFlag(members)} endpoint status -w table`,
  },
})

/** The shown name of the leader that a member names, else its id. */
export const nameOfLeader = (members: readonly Member[], member: Member): string => {
  if (member.leader.sees === 'unseen') return ''
  if (member.leader.sees === 'none') return 'none'
  const { id } = member.leader
  return members.find((other) => other.id !== undefined && other.id === id)?.name ?? id ?? 'seen'
}
