import type { Socket } from 'node:net'

/** How a direction of a link behaves at this moment. */
export type Shape = {
  readonly cut: boolean
  readonly oneWayMs: number
  readonly lossShare: number
}

/** One direction of a connection. `wake` is called when the shape has changed. */
export type ShapedPipe = { wake(): void; close(): void }

type Item = { readonly at: number; readonly chunk: Buffer | 'end' }

/** TCP's smallest retransmission timeout on Linux, ms. It doubles with each loss of the same packet. */
const RETRANSMIT_MS = 200
/** Bytes on the way before the sender must wait, as with a socket's buffers. */
const WINDOW_BYTES = 512 * 1024

/** Carries bytes from one socket to the other, in order, each when its time has come and the link is not cut. */
export const shapedPipe = (from: Socket, to: Socket, shape: () => Shape): ShapedPipe => {
  const queue: Item[] = []
  let queuedBytes = 0
  let timer: NodeJS.Timeout | undefined

  const enter = (chunk: Buffer | 'end'): void => {
    const { oneWayMs, lossShare } = shape()
    const now = performance.now()
    const due = now + oneWayMs + lostFor(lossShare)
    queue.push({ at: Math.max(due, queue.at(-1)?.at ?? 0), chunk })
    queuedBytes += chunk.length
    if (queuedBytes > WINDOW_BYTES) from.pause()
    wake()
  }

  const wake = (): void => {
    clearTimeout(timer)
    if (shape().cut) return
    while (queue[0] !== undefined && queue[0].at <= performance.now()) leave(queue[0])
    if (queue[0] !== undefined) timer = setTimeout(wake, Math.ceil(queue[0].at - performance.now()))
  }

  const leave = (item: Item): void => {
    queue.shift()
    if (item.chunk === 'end') {
      to.end()
      return
    }
    queuedBytes -= item.chunk.length
    if (!to.destroyed) to.write(item.chunk)
    if (queuedBytes < WINDOW_BYTES && to.writableLength < WINDOW_BYTES) from.resume()
  }

  from.on('data', (chunk: Buffer) => enter(chunk))
  from.on('end', () => enter('end'))
  to.on('drain', () => from.resume())
  return { wake, close: () => clearTimeout(timer) }
}

const lostFor = (share: number): number => {
  let waited = 0
  for (let timeout = RETRANSMIT_MS; Math.random() < share && timeout < 10_000; timeout *= 2)
    waited += timeout
  return waited
}
