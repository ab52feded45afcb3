import type { Finding, Severity } from '../facts'
import type { Member } from '../status/members'
import { listText } from '../quantity'
import type { Rule } from './situation'

/** Known faults of the running versions, ends of life, mixed versions, and 3.4's missing pre-vote. */
export const version: Rule = ({ members, voters }) => {
  const versions = [...new Set(members.flatMap((member) => member.version ?? []))].toSorted()
  return [
    ...versions.flatMap((text) => knownFaults(text, voters, runners(members, text))),
    ...versions.flatMap((text) => endOfLife(text, runners(members, text))),
    ...mixed(members, versions),
  ]
}

type Release = { readonly minor: string; readonly patch: number }

type Fault = {
  readonly problem: string
  /** By minor version: the first and the last affected patch. */
  readonly affected: Readonly<Record<string, readonly [first: number, last: number]>>
  /** `warning` where data may be lost or differ, for everyone who runs it. */
  readonly severity: Severity
  /** Only a cluster of one member has it. */
  readonly single?: true
}

/** etcd's changelogs and advisories, as collected in August 2026. */
const FAULTS: readonly Fault[] = [
  {
    problem: 'data may differ between members after a crash under load',
    affected: { '3.5': [0, 2] },
    severity: 'warning',
  },
  {
    problem: 'the revision may differ between members after a crash during defrag',
    affected: { '3.5': [0, 5] },
    severity: 'warning',
  },
  {
    problem: 'a single member may lose an acknowledged write',
    affected: { '3.4': [0, 20], '3.5': [0, 4] },
    severity: 'warning',
    single: true,
  },
  {
    problem: 'auth data is not loaded from a snapshot',
    affected: { '3.4': [20, 21], '3.5': [5, 5] },
    severity: 'warning',
  },
  {
    problem: 'an old leader may revoke leases, watch events may be lost',
    affected: { '3.4': [0, 30], '3.5': [0, 12] },
    severity: 'ok',
  },
  {
    problem: 'lease renewal is slow',
    affected: { '3.4': [31, 33], '3.5': [13, 15] },
    severity: 'ok',
  },
  {
    problem: 'the revision may fall after a crash in compaction',
    affected: { '3.4': [0, 31], '3.5': [0, 13] },
    severity: 'ok',
  },
  {
    problem: 'a write transaction may be applied in part',
    affected: { '3.5': [0, 16] },
    severity: 'ok',
  },
  {
    problem: 'a snapshot from the leader during a defrag may corrupt data',
    affected: { '3.4': [0, 37], '3.5': [0, 22], '3.6': [0, 4] },
    severity: 'ok',
  },
  {
    problem:
      'reads may be stale around a leader change, and rights are not checked on some calls (CVE-2026-33413, CVE-2026-33343)',
    affected: { '3.4': [0, 41], '3.5': [0, 27], '3.6': [0, 8] },
    severity: 'ok',
  },
  {
    problem: 'a watch may read beyond its rights (CVE-2026-73499)',
    affected: { '3.5': [0, 32], '3.6': [0, 13], '3.7': [0, 0] },
    severity: 'ok',
  },
  {
    problem: 'a start fails that replays the promotion of a learner',
    affected: { '3.6': [0, 3] },
    severity: 'ok',
  },
]

/** The newest patch of each minor that is still kept, as of 2026-07-23. */
const NEWEST: ReadonlyMap<string, string> = new Map([
  ['3.5', '3.5.33'],
  ['3.6', '3.6.14'],
  ['3.7', '3.7.1'],
])

const ENDED: ReadonlyMap<string, string> = new Map([['3.4', '2026-06-01']])

const releaseOf = (text: string): Release | undefined => {
  const [, minor, patch] = /^(\d+\.\d+)\.(\d+)/.exec(text) ?? []
  return minor === undefined ? undefined : { minor, patch: Number(patch) }
}

const runners = (members: readonly Member[], text: string): readonly string[] =>
  members.filter((member) => member.version === text).map((member) => member.name)

const knownFaults = (
  text: string,
  voters: number,
  names: readonly string[],
): readonly Finding[] => {
  const release = releaseOf(text)
  if (release === undefined) return []
  const found = FAULTS.filter((fault) => isAffected(fault, release, voters))
  if (found.length === 0) return []
  const newest = NEWEST.get(release.minor) ?? '3.5.33'
  return [
    {
      rule: 'known-faults',
      severity: found.some((fault) => fault.severity === 'warning') ? 'warning' : 'ok',
      summary: `etcd ${text} (${listText(names)}) has known faults: ${found.map((fault) => fault.problem).join('; ')}`,
      evidence: [{ name: 'version', value: text, unit: '' }],
      action: {
        say: `In quiet hours, upgrade ${text} to ${newest}, one member at a time, the leader last.`,
      },
    },
  ]
}

const isAffected = (fault: Fault, { minor, patch }: Release, voters: number): boolean => {
  if (fault.single === true && voters !== 1) return false
  const [first, last] = fault.affected[minor] ?? [1, 0]
  return patch >= first && patch <= last
}

const endOfLife = (text: string, names: readonly string[]): readonly Finding[] => {
  const minor = releaseOf(text)?.minor
  const ended = ENDED.get(minor ?? '')
  if (ended === undefined) return []
  return [
    {
      rule: 'end-of-life',
      severity: 'ok',
      summary: `etcd ${minor ?? ''} (${listText(names)}) has had no fixes since ${ended}; it also runs without pre-vote unless --pre-vote is set, so a member that comes back from a cut line starts an election`,
      evidence: [{ name: 'version', value: text, unit: '' }],
      action: { say: 'Plan the upgrade to 3.5; until then set --pre-vote=true on every member.' },
    },
  ]
}

const mixed = (members: readonly Member[], versions: readonly string[]): readonly Finding[] => {
  if (versions.length < 2) return []
  const minors = new Set(versions.map((text) => releaseOf(text)?.minor))
  return [
    {
      rule: 'mixed-versions',
      severity: minors.size > 1 ? 'warning' : 'ok',
      summary: `members run different versions: ${versions.map((text) => `${text} (${listText(runners(members, text))})`).join(', ')}`,
      evidence: versions.map((text) => ({ name: 'version', value: text, unit: '' })),
      action: { say: 'If no upgrade is under way, finish the one that was begun.' },
    },
  ]
}
