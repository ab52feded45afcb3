import type { Finding } from '../facts'
import { unconfigured, unlisted } from '../status/members'
import { listText } from '../quantity'
import { endpointsFlag, type Rule, type Situation } from './situation'

/** How many members there are, and whether the configuration and the cluster agree on which. */
export const membership: Rule = (situation) => [
  ...sizeOf(situation),
  ...notWatched(situation),
  ...notListed(situation),
  ...learners(situation),
]

const sizeOf = ({ voters, quorum, limits, members }: Situation): readonly Finding[] => {
  const spare = voters - quorum
  const size = (
    severity: Finding['severity'],
    summary: string,
    say: string,
  ): readonly Finding[] => [
    {
      rule: 'member-count',
      severity,
      summary,
      evidence: [
        { name: 'voting members', value: voters, unit: 'members', limit: limits.membersMax },
      ],
      action: { say, run: `etcdctl ${endpointsFlag(members)} member list -w table` },
    },
  ]
  if (voters === 1)
    return size(
      'ok',
      'a single voting member: its loss is the loss of the service',
      'For production, grow to 3 members.',
    )
  if (voters > limits.membersMax)
    return size(
      'warning',
      `${voters} voting members: each write waits for ${quorum} of them; ${limits.membersMax} at most are advised`,
      'Remove members until 5 or 7 are left.',
    )
  if (voters % 2 === 0)
    return size(
      voters === 2 ? 'warning' : 'ok',
      `${voters} voting members, an even number: ${voters === 2 ? 'the loss of either stops all writes' : `they bear the loss of ${spare}, no more than ${voters - 1} would`}`,
      `If no change of members is under way, go to ${voters + 1} or ${voters - 1}.`,
    )
  return []
}

const notWatched = ({ look, members }: Situation): readonly Finding[] =>
  unconfigured(look).map((member) => ({
    rule: 'not-configured',
    severity: 'warning' as const,
    member: member.name === '' ? member.id : member.name,
    summary: `the cluster lists ${member.name === '' ? `${member.id}, which has never started` : `${member.name} (${listText(member.clientUrls)})`}, which Stormwatch's configuration lacks: nobody looks at it`,
    evidence: [{ name: 'member id', value: member.id, unit: '' }],
    action:
      member.clientUrls.length === 0
        ? {
            say: 'Start it, or remove it if it will never come.',
            run: `etcdctl ${endpointsFlag(members)} member list -w table`,
          }
        : { say: `Add ${listText(member.clientUrls)} to this cluster's endpoints.` },
  }))

const notListed = ({ look, members }: Situation): readonly Finding[] =>
  unlisted(look).map((endpoint) => ({
    rule: 'not-a-member',
    severity: 'warning' as const,
    member: members.find((member) => member.endpoint === endpoint)?.name ?? endpoint,
    summary: `${endpoint} answers, but is no member of this cluster: an old address, or another cluster`,
    evidence: [{ name: 'endpoint', value: endpoint, unit: '' }],
    action: {
      say: `Remove ${endpoint} from this cluster's endpoints.`,
      run: `etcdctl ${endpointsFlag(members)} member list -w table`,
    },
  }))

const learners = ({ members, look }: Situation): readonly Finding[] =>
  members
    .filter((member) => member.isLearner === true)
    .map((member) => ({
      rule: 'learner',
      severity: 'ok' as const,
      member: member.name,
      summary: `${member.name} is a learner: it follows, does not vote, and serves no linearizable read`,
      evidence: [
        {
          name: 'members listed',
          value: look.roster.ok ? look.roster.value.members.length : 'unseen',
          unit: 'members',
        },
      ],
      action: {
        say: 'Once it has caught up, promote it.',
        run: `etcdctl ${endpointsFlag(members)} member promote ${member.id ?? 'ID'}`,
      },
    }))
