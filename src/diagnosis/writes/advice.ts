import type { Action, Evidence, Finding } from '../facts'
import { countText, durationText, shareText } from '../quantity'
import { eventsOf, type Branch, type Counts, type Writes } from './writes'
import type { Group } from './groups'
import { groupText, isPlain, keyText, pathText } from './words'
import { isKubernetes } from './path'

export type Told = {
  readonly writes: Writes
  readonly groups: readonly Group[]
  /** The name of the cluster in the configuration. */
  readonly cluster: string
  /** That was asked for, as typed. */
  readonly prefix: string | undefined
  /** From this share on one writer is named. */
  readonly dominantShare: number
}

/**
 * Who dominates, and what to do about it: at most one finding each for Kubernetes' events, its leases, and the heaviest
 * of all others. Nothing is said that the counts do not show; none is a fault by itself.
 */
export const adviceOf = (told: Told): readonly Finding[] => {
  const { writes, dominantShare } = told
  const events = resourceIn(writes.tree, 'events')
  const leases = resourceIn(writes.tree, 'leases')
  const found: readonly Weighed[] = [
    { weight: shareOf(events, told), finding: () => eventsFinding(told) },
    { weight: shareOf(leases, told), finding: () => leasesFinding(told) },
    ...otherFinding(told),
  ]
  return found
    .filter(({ weight }) => weight >= dominantShare)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ finding: find }) => find())
    .filter((one) => one !== undefined)
}

type Weighed = { readonly weight: number; readonly finding: () => Finding | undefined }

const resourceIn = (tree: Branch, resource: string): Counts | undefined =>
  [...tree.children]
    .filter(([root]) => isKubernetes(root))
    .map(([, child]) => child.children.get(resource)?.counts)
    .find((counts) => counts !== undefined)

const shareOf = (counts: Counts | undefined, { writes }: Told): number => {
  const all = eventsOf(writes.tree.counts)
  return counts === undefined || all === 0 ? 0 : eventsOf(counts) / all
}

const ofResource = (resource: string, { groups }: Told): readonly Group[] =>
  groups.filter(({ path }) => isKubernetes(path[0]) && path[1] === resource)

const finding = (summary: string, evidence: readonly Evidence[], action: Action): Finding => ({
  rule: 'writers',
  severity: 'ok',
  summary,
  evidence,
  action,
})

const rateOf = (counts: Counts, { writes }: Told): number =>
  (eventsOf(counts) * 1000) / Math.max(1, writes.forMs)

const perSecond = (name: string, value: number): Evidence => ({
  name,
  value: Number(value.toPrecision(3)),
  unit: 'a second',
})

const eventsFinding = (told: Told): Finding | undefined => {
  const [most] = ofResource('events', told)
  const all = resourceIn(told.writes.tree, 'events')
  if (most === undefined || all === undefined) return undefined
  const namespace = plainName(most.path[2])
  const where = namespace === undefined ? '' : `, most of them in ${namespace}`
  return finding(
    `Kubernetes events are ${shareText(shareOf(all, told))} of all writes${where}`,
    [
      perSecond('events written', rateOf(all, told)),
      perSecond('of them new', (all.creates * 1000) / told.writes.forMs),
    ],
    {
      say: 'See what is reported again and again, and mend or quieten that.',
      run: `kubectl get events ${namespace === undefined ? '-A' : `-n ${namespace}`} --sort-by=.lastTimestamp | tail -30`,
    },
  )
}

const plainName = (name: string | undefined): string | undefined =>
  name !== undefined && name !== '' && isPlain(name) ? name : undefined

/** A kubelet renews its node's lease every 10 s; leader election in client-go tries every 2 s. */
const USUAL = { nodeMs: 10_000, leaderMs: 2000 } as const

const leasesFinding = (told: Told): Finding | undefined => {
  const [most] = ofResource('leases', told)
  if (most === undefined) return undefined
  if (most.path[2] === 'kube-node-lease') return nodeLeases(most, told)
  return most.hottest === undefined ? manyLeases(most, told) : oneLease(most, told)
}

/** ms between two renewals of one lease; undefined where the leases could not be counted. */
const everyMs = ({ counts, keys, folded }: Group, told: Told): number | undefined =>
  folded || counts.updates === 0 ? undefined : (keys * told.writes.forMs) / counts.updates

const nodeLeases = (group: Group, told: Told): Finding => {
  const every = everyMs(group, told)
  const isUsual = every !== undefined && every >= 0.8 * USUAL.nodeMs
  const pace = every === undefined ? '' : `, each renewed about every ${durationText(every)}`
  return finding(
    `The leases of nodes are ${shareText(shareOf(group.counts, told))} of all writes: ${countText(group.keys, 'node')}${pace}`,
    [perSecond('renewals', rateOf(group.counts, told))],
    isUsual
      ? {
          say: 'Nothing to slow down here: kubelets renew every 10 s by default, and little else is written.',
        }
      : {
          say: 'Kubelets renew every 10 s by default, a quarter of nodeLeaseDurationSeconds (40): look what theirs is.',
          run: 'kubectl get --raw /api/v1/nodes/NODE/proxy/configz | grep -o \'"nodeLeaseDurationSeconds":[0-9]*\'',
        },
  )
}

const oneLease = (group: Group, told: Told): Finding => {
  const { hottest } = group
  const namespace = plainName(group.path[2])
  const name = plainName(hottest?.path.at(-1))
  const rate = hottest === undefined ? 0 : rateOf(hottest.counts, told)
  const isFast = rate > 1.25 * (1000 / USUAL.leaderMs)
  return finding(
    `The lease ${keyText(hottest?.path.slice(2).join('/') ?? '')} is ${shareText(shareOf(hottest?.counts, told))} of all writes`,
    [perSecond('renewals', rate)],
    {
      say: isFast
        ? 'Leader election tries every 2 s by default: see who holds this lease, and raise the retry period of that controller.'
        : 'That is the usual pace of leader election: little else is written. Who holds it:',
      run: `kubectl -n ${namespace ?? 'NAMESPACE'} get lease ${name ?? 'NAME'} -o yaml`,
    },
  )
}

const manyLeases = (group: Group, told: Told): Finding => {
  const namespace = plainName(group.path[2])
  const every = everyMs(group, told)
  const pace = every === undefined ? '' : `, each renewed about every ${durationText(every)}`
  return finding(
    `${groupText(group)} are ${shareText(shareOf(group.counts, told))} of all writes: ${countText(group.keys, 'lease')}${pace}`,
    [perSecond('renewals', rateOf(group.counts, told))],
    {
      say: 'Leader election tries every 2 s by default. See who holds them, and whether each controller is needed.',
      run: `kubectl ${namespace === undefined ? 'get leases -A' : `-n ${namespace} get leases`}`,
    },
  )
}

/** The heaviest that is neither: by its writes or by its bytes. */
const otherFinding = (told: Told): readonly Weighed[] => {
  const most = told.groups.find(
    ({ path }) => !(isKubernetes(path[0]) && (path[1] === 'events' || path[1] === 'leases')),
  )
  if (most === undefined || most.isRest) return []
  return [
    {
      weight: most.weight,
      finding: () => finding(summaryOf(most, told), evidenceOf(most, told), actionOf(most, told)),
    },
  ]
}

const evidenceOf = ({ counts }: Group, told: Told): readonly Evidence[] => [
  perSecond('writes', rateOf(counts, told)),
  {
    name: 'bytes of keys and values',
    value: Math.round((counts.bytes * 1000) / told.writes.forMs),
    unit: 'a second',
  },
]

const summaryOf = (group: Group, told: Told): string => {
  const { counts } = group
  const bytes = told.writes.tree.counts.bytes
  const ofBytes = bytes === 0 ? 0 : counts.bytes / bytes
  return `${groupText(group)}: ${shareText(shareOf(counts, told))} of all writes, ${shareText(ofBytes)} of the bytes${churnText(counts)}`
}

/** Both are a good part of it: what is made is thrown away again. */
const churnText = (counts: Counts): string => {
  const all = eventsOf(counts)
  const isChurn = counts.creates >= 0.3 * all && counts.deletes >= 0.3 * all
  return isChurn ? '; what is created is deleted again' : ''
}

const actionOf = (group: Group, told: Told): Action => {
  if (isKubernetes(group.path[0])) return objectAction(group)
  const prefix = group.path.join('')
  const isNarrower = isPlain(prefix) && prefix.endsWith('/') && prefix !== told.prefix
  const say = 'etcd does not keep who wrote a key: ask the owner of it to write less often.'
  if (prefix === '' || !isNarrower) return { say }
  return {
    say: `Ask the owner of ${pathText(group.path)} to write less often: etcd does not keep who wrote a key. What lies below it:`,
    ask: `writers ${told.cluster} 30 --prefix ${prefix}`,
  }
}

/** Kubernetes itself keeps who wrote each field. */
const objectAction = ({ path, hottest }: Group): Action => {
  const [, resource, namespace] = path
  const where = namespace === '' ? '' : `-n ${plainName(namespace) ?? 'NAMESPACE'} `
  const name = plainName(hottest?.path.at(-1)) ?? 'NAME'
  return {
    say: 'Kubernetes keeps which client wrote each object last: see its manager, and slow that one down.',
    run: `kubectl ${where}get ${plainName(resource) ?? 'RESOURCE'} ${name} -o yaml --show-managed-fields | grep -E 'manager:|time:'`,
  }
}
