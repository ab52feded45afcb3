import type { Message } from './blocks'

/**
 * What to send after Slack refused the blocks of a message: the same without its charts, the newest block we use, and
 * after that its words alone. Undefined: it has no blocks, so that they are not at fault.
 */
export const simplerOf = ({ text, blocks }: Message): Message | undefined => {
  if (blocks === undefined) return undefined
  const older = blocks.filter(({ type }) => type !== 'data_visualization')
  const hasCharts = older.length < blocks.length
  return hasCharts && older.length > 0 ? { text, blocks: older } : { text }
}
