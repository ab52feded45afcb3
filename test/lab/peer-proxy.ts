/**
 * A program: the network between the members of a lab cluster, as a TCP proxy in a process of its own, so that neither
 * tests nor load slow it down. Ordered about by its parent's messages (link-shape.ts), it ends with its parent.
 */
import { createServer, connect, type Server, type Socket } from 'node:net'
import { diallerOf } from './dialler'
import { obeyParent } from './helper-process'
import { hits, type NetworkFault, type ProxyAct, type ProxyMember } from './link-shape'
import { shapedPipe, type Shape, type ShapedPipe } from './shaped-pipe'

type Connection = {
  readonly from: number
  readonly to: number
  readonly sockets: readonly Socket[]
  readonly pipes: readonly ShapedPipe[]
}

const connections = new Set<Connection>()
const shapes = new Map<string, Shape>()
const healed = new Set<() => void>()
let pids: readonly (number | undefined)[] = []
let faults: readonly NetworkFault[] = []

const obey = async (order: ProxyAct): Promise<void> => {
  switch (order.act) {
    case 'listen':
      await listen(order.member, order.index)
      return
    case 'pids':
      pids = order.pids
      return
    case 'faults':
      applyFaults(order.faults)
      return
    case 'reset':
      for (const one of connections) if (hits(order, one.from, one.to)) breakOff(one)
  }
}

const listen = (member: ProxyMember, index: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    // Half-open, so that an end waits its turn in the queue like bytes do.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      void accept(socket, index, member.target)
    })
    server.once('error', reject)
    server.listen(member.port, '127.0.0.1', () => resolve(server))
  })

const accept = async (socket: Socket, to: number, target: number): Promise<void> => {
  socket.pause()
  socket.on('error', () => {})
  const from = await findDialler(socket)
  if (from === undefined) {
    socket.destroy()
    return
  }
  await uncut(from, to)
  if (!socket.destroyed) join(socket, from, to, target)
}

/** The dialler's pid may be told a moment after it dials: a member that has just started. */
const findDialler = async (socket: Socket): Promise<number | undefined> => {
  for (let tries = 0; tries < 20 && socket.remotePort !== undefined; tries++) {
    const found = await diallerOf(socket.remotePort, pids)
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return undefined
}

const join = (client: Socket, from: number, to: number, target: number): void => {
  const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const pipes = [
    shapedPipe(client, server, () => shapeOf(from, to)),
    shapedPipe(server, client, () => shapeOf(to, from)),
  ]
  const connection = { from, to, sockets: [client, server], pipes }
  connections.add(connection)
  for (const socket of connection.sockets) {
    socket.on('error', () => whenUncut(connection, () => breakOff(connection)))
    socket.on('close', () => {
      if (connection.sockets.every((one) => one.destroyed)) forget(connection)
    })
  }
  client.resume()
}

const breakOff = (connection: Connection): void => {
  for (const socket of connection.sockets) socket.resetAndDestroy()
  forget(connection)
}

const forget = (connection: Connection): void => {
  for (const pipe of connection.pipes) pipe.close()
  connections.delete(connection)
}

// --- the faults of a link ---

const applyFaults = (next: readonly NetworkFault[]): void => {
  faults = next
  shapes.clear()
  for (const { pipes } of connections) for (const pipe of pipes) pipe.wake()
  const waiting = [...healed]
  healed.clear()
  for (const goOn of waiting) goOn()
}

const shapeOf = (from: number, to: number): Shape => {
  const key = `${from}-${to}`
  const known = shapes.get(key)
  if (known !== undefined) return known
  const shape = faults.filter((fault) => hits(fault, from, to)).reduce(withFault, HEALTHY)
  shapes.set(key, shape)
  return shape
}

const HEALTHY: Shape = { cut: false, oneWayMs: 0, lossShare: 0 }

const withFault = (shape: Shape, fault: NetworkFault): Shape => {
  switch (fault.kind) {
    case 'cut':
      return { ...shape, cut: true }
    case 'delay':
      return { ...shape, oneWayMs: shape.oneWayMs + fault.roundTripMs / 2 }
    case 'loss':
      return { ...shape, lossShare: Math.max(shape.lossShare, fault.share) }
  }
}

/** An error of one end is not told to the other across a cut link. */
const whenUncut = (connection: Connection, act: () => void): void => {
  void uncut(connection.from, connection.to).then(act)
}

const uncut = async (from: number, to: number): Promise<void> => {
  while (shapeOf(from, to).cut) await new Promise<void>((resolve) => healed.add(resolve))
}

obeyParent(obey)
