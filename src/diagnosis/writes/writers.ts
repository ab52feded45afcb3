import type { Answer, Chart, Table } from '../answer'
import type { Finding } from '../facts'
import { hostOf, type Member } from '../status/members'
import { bytesText, countText, durationText, shareText } from '../quantity'
import { leaderOf } from '../rules/quorum'
import type { Situation } from '../rules/situation'
import { adviceOf } from './advice'
import { groupsOf, type Group } from './groups'
import { isKubernetes } from './path'
import { eventsOf, type Counts, type Writes } from './writes'
import { groupText, hottestText, keysText, keyText, pathText, whereOf } from './words'

/** What is known around a watch of writes. */
export type WritersScene = {
  readonly at: number
  /** The name in the configuration, and as people call it. */
  readonly cluster: string
  readonly title: string
  readonly situation: Situation
  readonly prefix: string | undefined
  readonly budget: { readonly events: number; readonly bytes: number }
  readonly dominantShare: number
  /** More that could not be seen. */
  readonly unseen: readonly string[]
}

/**
 * Where to watch, best first: a watch costs its member alone, so a follower that answers fast, and the leader last. A
 * learner shows nobody its keys.
 */
export const watchOrder = (situation: Situation): readonly string[] => {
  const leader = leaderOf(situation)
  const cost = (member: Member): number =>
    (member === leader ? 1e6 : 0) + (member.statusMs ?? member.scrapeMs ?? 1e5)
  return situation.members
    .filter((member) => member.reached && member.isLearner !== true)
    .toSorted((a, b) => cost(a) - cost(b))
    .map(({ endpoint }) => endpoint)
}

const SHOWN = 10

/** The answer of `writers`; `json` is described in docs/writers.md. */
export const writersAnswer = (writes: Writes, scene: WritersScene): Answer => {
  const groups = groupsOf(writes.tree)
  const findings = adviceOf({ ...scene, writes, groups })
  const shown = groups.slice(0, SHOWN)
  const unseen = unseenOf(writes, scene)
  const isTold = groups.length > 0
  return {
    at: scene.at,
    state: undefined,
    severity: isTold || writes.cut === undefined ? 'ok' : 'unknown',
    headline: headlineOf(writes, groups, scene),
    facts: factsOf(writes, groups, scene),
    tables: isTold ? [tableOf(writes, groups)] : [],
    ...(isTold && { charts: [chartOf(writes, shown)] }),
    findings,
    unseen,
    action: findings[0]?.action,
    json: jsonOf({ writes, groups, findings, unseen }, scene),
  }
}

const rate = (count: number, { forMs }: Writes): number => (count * 1000) / Math.max(1, forMs)

const rateText = (perSecond: number): string =>
  perSecond >= 100 ? String(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)))

const share = (some: number, all: number): number => (all === 0 ? 0 : some / all)

const headlineOf = (
  writes: Writes,
  [most]: readonly Group[],
  { title, prefix }: WritersScene,
): string => {
  const { counts } = writes.tree
  const where = prefix === undefined ? '' : ` under ${prefix}`
  const forText = durationText(Math.round(writes.forMs / 1000) * 1000)
  if (most === undefined) return `${title}: no key${where} was written in ${forText}.`
  const ofAll = share(eventsOf(most.counts), eventsOf(counts))
  const ofBytes = share(most.counts.bytes, counts.bytes)
  const bytes = ofBytes > ofAll ? ` and ${shareText(ofBytes)} of the bytes` : ''
  const rates = `${rateText(rate(eventsOf(counts), writes))} writes${where} a second, ${bytesText(rate(counts.bytes, writes))} a second`
  return `${title}: ${rates}; ${shareText(ofAll)} of the writes${bytes} go to ${groupText(most)}.`
}

const factsOf = (
  writes: Writes,
  groups: readonly Group[],
  scene: WritersScene,
): readonly string[] => [
  watchedFact(writes, scene),
  ...sampledFact(writes, scene),
  ...kindsFact(writes),
  ...resourcesFact(writes, groups),
  ...prefixFact(writes, scene),
]

const watchedFact = (writes: Writes, { situation, prefix }: WritersScene): string => {
  const member = situation.members.find(({ endpoint }) => endpoint === writes.endpoint)
  const role = member !== undefined && member === leaderOf(situation) ? 'the leader' : 'a follower'
  const what = prefix === undefined ? 'All keys' : `Keys under ${prefix}`
  return `${what} were watched on ${member?.name ?? hostOf(writes.endpoint)} (${role}) for ${durationText(Math.round(writes.forMs))}: ${countText(writes.seen, 'write')} seen. Bytes are those of keys and values; values were not kept.`
}

const isSampled = ({ watchedMs, forMs }: Writes): boolean => watchedMs < 0.99 * forMs

const factorOf = ({ tree, seen }: Writes): number => eventsOf(tree.counts) / Math.max(1, seen)

const sampledFact = (writes: Writes, { budget }: WritersScene): readonly string[] =>
  isSampled(writes)
    ? [
        `Sampled: above ${budget.events} writes or ${bytesText(budget.bytes)} in a second the watch is closed for the rest of it. It was open ${shareText(share(writes.watchedMs, writes.forMs))} of the time, so all counts are those seen times ${factorOf(writes).toPrecision(2)}.`,
      ]
    : []

const kindsFact = ({ tree: { counts } }: Writes): readonly string[] => {
  const all = eventsOf(counts)
  if (all === 0) return []
  const { creates, updates, deletes } = counts
  return [
    `${shareText(share(creates, all))} create a key, ${shareText(share(updates, all))} update one, ${shareText(share(deletes, all))} delete one.`,
  ]
}

/** Where namespaces share a resource, their sum tells more. */
const resourcesFact = (writes: Writes, groups: readonly Group[]): readonly string[] => {
  const sums = new Map<string, number>()
  for (const { path, counts } of groups) {
    const [root, resource] = path
    if (!isKubernetes(root) || resource === undefined) continue
    sums.set(resource, (sums.get(resource) ?? 0) + eventsOf(counts))
  }
  if (sums.size < 2) return []
  const all = eventsOf(writes.tree.counts)
  const most = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, 5)
  const texts = most.map(([name, count]) => `${keyText(name)} ${shareText(share(count, all))}`)
  return [`By resource: ${texts.join(', ')}.`]
}

/** etcd counts every write in its revision, watched or not. */
const prefixFact = (writes: Writes, { prefix }: WritersScene): readonly string[] => {
  const { revisions, revisionsSeen } = writes
  if (prefix === undefined || revisions === undefined || isSampled(writes)) return []
  const all = `The whole cluster made ${rateText(rate(revisions, writes))} revisions a second meanwhile`
  return [
    revisions === 0
      ? `${all}.`
      : `${all}; ${shareText(share(revisionsSeen, revisions))} of them touched this prefix.`,
  ]
}

const unseenOf = (writes: Writes, { prefix, unseen }: WritersScene): readonly string[] => {
  const { revisions, revisionsSeen, cut } = writes
  const missing = revisions === undefined ? 0 : revisions - revisionsSeen
  const isShort = missing > Math.max(20, 0.05 * (revisions ?? 0))
  return [
    ...(cut === undefined
      ? []
      : [`the rest of the time: after ${durationText(Math.round(writes.forMs))} ${cut}`]),
    ...(prefix === undefined && isShort && !isSampled(writes)
      ? [
          `${missing} of ${revisions ?? 0} revisions: etcd counted them and the watch did not show them`,
        ]
      : []),
    'which clients wrote: etcd does not keep that',
    ...unseen,
  ]
}

const COLUMNS: Table['columns'] = [
  { title: 'Where', align: 'left' },
  { title: 'Namespace', align: 'left' },
  { title: 'Writes/s', align: 'right' },
  { title: 'Share', align: 'right' },
  { title: 'Bytes/s', align: 'right' },
  { title: 'Of bytes', align: 'right' },
  { title: 'New/changed/deleted %', align: 'right' },
  { title: 'Keys', align: 'right' },
  { title: 'Hottest key', align: 'left' },
]

const tableOf = (writes: Writes, groups: readonly Group[]): Table => {
  const rest = groups.slice(SHOWN)
  return {
    title: 'Who writes',
    columns: COLUMNS,
    rows: [
      ...groups.slice(0, SHOWN).map((group) => rowOf(group, writes)),
      ...(rest.length === 0 ? [] : [restRow(rest, writes)]),
    ],
  }
}

const rowOf = (group: Group, writes: Writes): Table['rows'][number] => {
  const { what, namespace } = whereOf(group)
  const { hottest } = group
  return [
    { text: middleCut(what) },
    { text: middleCut(namespace) },
    ...countCells(group.counts, writes),
    { text: keysText(group), value: group.keys },
    {
      text:
        hottest === undefined
          ? ''
          : `${middleCut(hottestText(group), 36)} ${shareText(hottest.share)}`,
    },
  ]
}

const restRow = (rest: readonly Group[], writes: Writes): Table['rows'][number] => [
  { text: `the rest, ${countText(rest.length, 'group')}` },
  { text: '' },
  ...countCells(sumOf(rest), writes),
  { text: '' },
  { text: '' },
]

const sumOf = (groups: readonly Group[]): Counts =>
  groups.reduce(
    (sum, { counts }) => ({
      creates: sum.creates + counts.creates,
      updates: sum.updates + counts.updates,
      deletes: sum.deletes + counts.deletes,
      bytes: sum.bytes + counts.bytes,
    }),
    { creates: 0, updates: 0, deletes: 0, bytes: 0 },
  )

const countCells = (counts: Counts, writes: Writes): Table['rows'][number] => {
  const { tree } = writes
  const events = eventsOf(counts)
  const ofWrites = share(events, eventsOf(tree.counts))
  const ofBytes = share(counts.bytes, tree.counts.bytes)
  const bytes = rate(counts.bytes, writes)
  const kinds = [counts.creates, counts.updates, counts.deletes]
  return [
    { text: rateText(rate(events, writes)), value: rate(events, writes) },
    { text: shareText(ofWrites), value: ofWrites },
    { text: bytesText(bytes), value: bytes },
    { text: shareText(ofBytes), value: ofBytes },
    { text: kinds.map((one) => Math.round(100 * share(one, events))).join('/') },
  ]
}

/** Slack cuts a cell's end, and the end of a prefix tells most. */
const middleCut = (text: string, most = 44): string =>
  text.length <= most ? text : `${text.slice(0, 12)}…${text.slice(-(most - 13))}`

const chartOf = (writes: Writes, groups: readonly Group[]): Chart => ({
  title: 'Writes a second',
  kind: 'bar',
  yTitle: 'writes a second',
  labels: unlike(groups.map((group) => middleCut(groupText(group), 30))),
  series: (['creates', 'updates', 'deletes'] as const)
    .filter((kind) => groups.some(({ counts }) => counts[kind] > 0))
    .map((kind) => ({
      name: kind,
      values: groups.map(({ counts }) => Number(rate(counts[kind], writes).toPrecision(3))),
    })),
})

/** Each label once. */
const unlike = (labels: readonly string[]): readonly string[] =>
  labels.map((label, i) => {
    const before = labels.slice(0, i).filter((other) => other === label).length
    return before === 0 ? label : `${label} (${before + 1})`
  })

type Result = {
  readonly writes: Writes
  readonly groups: readonly Group[]
  readonly findings: readonly Finding[]
  readonly unseen: readonly string[]
}

const jsonOf = ({ writes, groups, findings, unseen }: Result, scene: WritersScene): unknown => {
  const { at, cluster, prefix, situation } = scene
  const { revisions, tree } = writes
  const whole = tree.counts
  return {
    cluster,
    at,
    endpoint: writes.endpoint,
    member: situation.members.find(({ endpoint }) => endpoint === writes.endpoint)?.name,
    prefix,
    forSeconds: round(writes.forMs / 1000),
    watchedSeconds: round(writes.watchedMs / 1000),
    scaledBy: isSampled(writes) ? round(factorOf(writes)) : 1,
    writesSeen: writes.seen,
    revisionsPerSecond: revisions === undefined ? undefined : round(rate(revisions, writes)),
    ...ratesOf(whole, writes),
    groups: groups.slice(0, SHOWN).map((group) => ({
      ...placeOf(group),
      ...ratesOf(group.counts, writes),
      share: round(share(eventsOf(group.counts), eventsOf(whole))),
      shareOfBytes: round(share(group.counts.bytes, whole.bytes)),
      keys: group.keys,
      keysAreMore: group.folded,
      ...(group.hottest && {
        hottestKey: { key: pathText(group.hottest.path), share: round(group.hottest.share) },
      }),
    })),
    rest: {
      groups: Math.max(0, groups.length - SHOWN),
      ...ratesOf(sumOf(groups.slice(SHOWN)), writes),
    },
    findings,
    unseen,
    action: findings[0]?.action,
  }
}

const ratesOf = (counts: Counts, writes: Writes) => ({
  writesPerSecond: round(rate(eventsOf(counts), writes)),
  bytesPerSecond: round(rate(counts.bytes, writes)),
  createsPerSecond: round(rate(counts.creates, writes)),
  updatesPerSecond: round(rate(counts.updates, writes)),
  deletesPerSecond: round(rate(counts.deletes, writes)),
})

/** What was told apart: of Kubernetes, or a prefix. `rest`: only what its other groups leave. */
const placeOf = ({ path, isRest }: Group) => {
  if (!isKubernetes(path[0])) return { prefix: pathText(path), rest: isRest }
  const [, resource, namespace] = path
  return {
    resource: resource === undefined ? undefined : keyText(resource),
    namespace: namespace === undefined ? undefined : keyText(namespace),
    rest: isRest,
  }
}

const round = (value: number): number => Number(value.toPrecision(4))
