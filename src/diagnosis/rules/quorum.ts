import type { Finding } from '../facts'
import type { Member } from '../status/members'
import { countText, listText } from '../quantity'
import { endpointsFlag, type Rule, type Situation } from './situation'

/**
 * Whether a majority has a leader. A member that refuses connections runs no etcd, which counts as seeing none once
 * another member confirms that there is no leader; a member that is silent may be well behind a cut line, and counts as
 * unseen.
 */
export const leadershipOf = (situation: Situation): Leadership => {
  const voting = situation.members.filter((member) => member.isLearner !== true)
  const sees = (what: Member['leader']['sees']): readonly Member[] =>
    voting.filter((member) => member.leader.sees === what)
  const without = sees('none')
  const down = without.length === 0 ? [] : voting.filter(isDown)
  if (without.length + down.length >= situation.quorum) return { kind: 'leaderless', without, down }
  const readable = voting.filter((member) => member.leader.sees !== 'unseen')
  if (readable.length < situation.quorum) return { kind: 'unknown', readable: readable.length }
  return { kind: 'led', by: leaderOf(situation) }
}

export type Leadership =
  | { readonly kind: 'led'; readonly by: Member | undefined }
  | {
      readonly kind: 'leaderless'
      readonly without: readonly Member[]
      readonly down: readonly Member[]
    }
  | { readonly kind: 'unknown'; readonly readable: number }

/** Nothing listens there: the one failure that says the process is not running. */
export const isDown = (member: Member): boolean =>
  !member.reached && member.statusWhy?.kind === 'refused'

/** The member that most others name; undefined when the named one is not configured. */
export const leaderOf = ({ members }: Situation): Member | undefined => {
  const votes = new Map<string, number>()
  for (const { leader } of members) {
    if (leader.sees === 'leader' && leader.id !== undefined) {
      votes.set(leader.id, (votes.get(leader.id) ?? 0) + 1)
    }
  }
  const [named] = [...votes].toSorted((a, b) => b[1] - a[1])
  return members.find((member) => named !== undefined && member.id === named[0])
}

export const quorum: Rule = (situation) => {
  const leadership = leadershipOf(situation)
  switch (leadership.kind) {
    case 'led':
      return []
    case 'unknown':
      return [tooFewRead(situation, leadership.readable)]
    case 'leaderless':
      return [leaderless(situation, leadership)]
  }
}

const leaderless = (
  { members, voters, quorum: needed }: Situation,
  { without, down }: Extract<Leadership, { kind: 'leaderless' }>,
): Finding => {
  const lost = voters - down.length < needed
  const names = listText(down.map((member) => member.name))
  const summary = lost
    ? `quorum is lost: ${names} ${down.length === 1 ? 'is' : 'are'} down, ${voters - down.length} of ${voters} voters left and ${needed} are needed; no write can succeed`
    : `no leader: ${listText(without.map((member) => member.name))} see none; writes and linearizable reads wait`
  return {
    rule: lost ? 'quorum-lost' : 'no-leader',
    severity: 'critical',
    summary,
    evidence: [
      { name: 'members that see no leader', value: without.length, unit: 'members', limit: needed },
      { name: 'members down', value: down.length, unit: 'members', limit: voters - needed },
    ],
    action: lost
      ? {
          say: `Start etcd on ${names} with its data directory as it was; do not remove members or restore a snapshot while they can be started.`,
          run: 'systemctl start etcd',
        }
      : {
          say: 'Ask again in a few seconds; if there is still no leader, look for what keeps the election from being won.',
          run: `etcdctl ${endpointsFlag(members)} endpoint status -w table`,
        },
  }
}

const tooFewRead = ({ members, voters, quorum: needed }: Situation, readable: number): Finding => ({
  rule: 'too-few-read',
  severity: 'critical',
  summary: `${readable === 0 ? 'none' : `only ${readable}`} of ${countText(voters, 'voting member')} could be read and ${needed} are needed to tell whether the cluster works; ${whatIsKnown(members)}`,
  evidence: [{ name: 'voting members read', value: readable, unit: 'members', limit: needed }],
  action: {
    say: 'Ask from a machine beside the cluster, to tell a dead cluster from a cut line.',
    run: `etcdctl ${endpointsFlag(members)} endpoint health`,
  },
})

const whatIsKnown = (members: readonly Member[]): string => {
  const blind = members.filter((member) => member.leader.sees === 'none')
  if (blind.length === 0) return 'it may be well, and this machine cut off'
  return `${listText(blind.map((member) => member.name))} sees no leader, so writes through it fail`
}
