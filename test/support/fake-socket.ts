import { WebSocketServer, type WebSocket } from 'ws'
import { until } from './face'
import type { Reply } from './fake-slack'
import { commandFields, freshId, type CommandFields } from './slack'

/** Slack's side of Socket Mode: a WebSocket server that says hello, sends envelopes and keeps their acknowledgements. */
export const fakeSocket = async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const sockets: WebSocket[] = []
  const acks: string[] = []
  const manners = { hello: true }
  server.on('connection', (socket: WebSocket) => {
    sockets.push(socket)
    socket.on('message', (data: Buffer) => {
      acks.push((JSON.parse(data.toString()) as { envelope_id: string }).envelope_id)
    })
    if (manners.hello) socket.send(JSON.stringify({ type: 'hello', num_connections: 1 }))
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const newest = (): WebSocket => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('no socket yet')
    return socket
  }
  return {
    /** The answer to apps.connections.open. */
    opened: (): Reply => ({
      json: { ok: true, url: `ws://127.0.0.1:${server.address().port}/?ticket=canary-ticket` },
    }),
    manners,
    sockets,
    acks,
    newest,
    connections: (count: number): Promise<void> => until(() => sockets.length >= count),
    acked: (id: string, times = 1): Promise<void> =>
      until(() => acks.filter((one) => one === id).length >= times),
    /** Sends a slash command; the envelope's id is returned. */
    command: (fields: CommandFields, envelope_id = freshId('envelope')): string => {
      newest().send(
        JSON.stringify({ type: 'slash_commands', envelope_id, payload: commandFields(fields) }),
      )
      return envelope_id
    },
    event: (payload: object, envelope_id = freshId('envelope')): string => {
      newest().send(JSON.stringify({ type: 'events_api', envelope_id, payload }))
      return envelope_id
    },
    close: (): Promise<void> => {
      for (const socket of sockets) socket.terminate()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

export type FakeSocket = Awaited<ReturnType<typeof fakeSocket>>
