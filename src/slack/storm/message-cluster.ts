import type { ClusterConfig } from '../../config'
import { EVENT_TYPE } from '../posting/outbox'

type Place = {
  readonly channel: string
  readonly clusters: readonly Pick<ClusterConfig, 'name' | 'channel'>[]
}

/**
 * Which cluster a message is about, from what came with it: our own metadata, the value of one of our buttons, or the only
 * cluster whose channel this is. Undefined: it cannot be told, and somebody must choose.
 */
export const clusterIn = (message: unknown, { channel, clusters }: Place): string | undefined => {
  const { metadata, blocks } = fieldsOf(message)
  const { event_type, event_payload } = fieldsOf(metadata)
  const known = new Set(clusters.map(({ name }) => name))
  const told = event_type === EVENT_TYPE ? fieldsOf(event_payload)['cluster'] : undefined
  const here = clusters.filter((one) => one.channel === channel).map(({ name }) => name)
  return [told, ...buttonClusters(blocks), here.length === 1 ? here[0] : undefined].find(
    (name): name is string => typeof name === 'string' && known.has(name),
  )
}

const buttonClusters = (blocks: unknown): readonly unknown[] =>
  listOf(blocks)
    .flatMap((block) => listOf(fieldsOf(block)['elements']))
    .map((element) => fieldsOf(parsed(fieldsOf(element)['value']))['c'])

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const parsed = (value: unknown): unknown => {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined
  } catch {
    return undefined
  }
}
