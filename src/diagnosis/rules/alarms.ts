import type { Action, Finding } from '../facts'
import { endpointsFlag, type Rule, type Situation } from './situation'

/**
 * Alarms, told by Status' errors of any member: every member knows every alarm, so each is said once.
 * etcd spells them `memberID:10509815341397652321 alarm:NOSPACE`, the id in decimal.
 */
export const alarms: Rule = (situation) => {
  const found = new Map<string, Finding>()
  for (const { errors } of situation.members) {
    for (const error of errors) {
      const [, decimal, kind] = /memberID:(\d{1,20})\s+alarm:(\w+)/.exec(error) ?? []
      if (decimal === undefined || kind === undefined) continue
      const id = BigInt(decimal).toString(16)
      found.set(`${id} ${kind}`, findingOf(situation, id, kind))
    }
  }
  return found.size > 0 ? [...found.values()] : toldByHealth(situation)
}

/** Where Status is denied, a member's /health tells that there is an alarm, and not whose: `ALARM NOSPACE`. */
const toldByHealth = (situation: Situation): readonly Finding[] => {
  const kinds = situation.members.flatMap(({ statusWhy }) =>
    [...(statusWhy?.text ?? '').matchAll(/\bALARM (\w+)/g)].map(([, kind]) => kind ?? ''),
  )
  return [...new Set(kinds)].map((kind) => ({
    rule: 'alarm',
    severity: 'critical',
    summary: `the alarm ${kind} is raised, on which member cannot be read: ${meaningOf(kind)}`,
    evidence: [{ name: 'alarm', value: kind, unit: '' }],
    action: actionFor(situation, kind),
  }))
}

const findingOf = (situation: Situation, id: string, kind: string): Finding => {
  const name = situation.members.find((member) => member.id === id)?.name ?? id
  return {
    rule: 'alarm',
    severity: 'critical',
    member: name,
    summary: `${name} raised the alarm ${kind}: ${meaningOf(kind)}`,
    evidence: [{ name: 'alarm', value: kind, unit: '', member: name }],
    action: actionFor(situation, kind),
  }
}

const MEANING: ReadonlyMap<string, string> = new Map([
  ['NOSPACE', 'the database passed its quota; the cluster refuses writes until it is disarmed'],
  ['CORRUPT', 'its data differ from those of the others; the cluster refuses writes'],
])

const meaningOf = (kind: string): string =>
  MEANING.get(kind) ?? 'an alarm that this version of Stormwatch does not know'

const actionFor = ({ members }: Situation, kind: string): Action => {
  const flag = endpointsFlag(members.filter((member) => member.reached))
  if (kind === 'NOSPACE') {
    return {
      say: 'Make room, then lift the alarm: compact to the current revision, defragment one member after another (the leader last), disarm.',
      run: `etcdctl ${flag} endpoint status -w json  # take header.revision as REV, then: etcdctl compact REV; etcdctl defrag on each; etcdctl alarm disarm`,
    }
  }
  if (kind === 'CORRUPT') {
    return {
      say: 'Stop the writers. Compare the hashes, and replace the member whose hash differs from the majority; do not disarm before.',
      run: `etcdctl ${flag} endpoint hashkv --cluster -w table`,
    }
  }
  return { say: 'List the alarms.', run: `etcdctl ${flag} alarm list` }
}
