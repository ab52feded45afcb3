import type { ClusterSettings, Finding, Observation } from '../facts'
import type { Limits } from '../limits'
import { membersOf, type Member } from '../status/members'
import { NO_OUTLOOK, type Outlook } from '../usual/outlook'

/** All that a rule about one look may know. */
export type Situation = {
  readonly look: Observation
  readonly settings: ClusterSettings
  readonly limits: Limits
  /** What is known from before this look; empty without a store. */
  readonly outlook: Outlook
  readonly members: readonly Member[]
  /** Voting members: of the member list, else of the configuration. */
  readonly voters: number
  /** How many voters a write needs. */
  readonly quorum: number
}

/** A rule looks at one thing. No finding means: looked, and nothing is wrong. */
export type Rule = (situation: Situation) => readonly Finding[]

export const situationOf = (
  look: Observation,
  settings: ClusterSettings,
  limits: Limits,
  outlook: Outlook = NO_OUTLOOK,
): Situation => {
  const members = membersOf(look, settings)
  const voters = look.roster.ok
    ? look.roster.value.members.filter((member) => !member.isLearner).length
    : members.filter((member) => member.isLearner !== true).length
  return { look, settings, limits, outlook, members, voters, quorum: Math.floor(voters / 2) + 1 }
}

/** `--endpoints` for the commands that an answer suggests. */
export const endpointsFlag = (members: readonly { readonly endpoint: string }[]): string =>
  `--endpoints=${members.map((member) => member.endpoint).join(',')}`
