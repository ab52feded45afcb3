import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** Answers a call by gRPC path: the bytes of a message, or a refusal. Undefined: never. */
export type Answer =
  { readonly message: Buffer } | { readonly code: number; readonly details: string } | undefined

export type Call = { readonly path: string; readonly token: string | undefined }

export type FakeEtcd = {
  readonly endpoint: string
  /** Every call that came, in order. */
  readonly calls: readonly Call[]
  close(): Promise<void>
}

/** A gRPC server on plain HTTP/2 that says what a test wants, and counts. */
export const startFakeEtcd = async (answer: (call: Call) => Answer): Promise<FakeEtcd> => {
  const calls: Call[] = []
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    const token = headers.token
    const call = {
      path: headers[':path'] ?? '',
      token: typeof token === 'string' ? token : undefined,
    }
    calls.push(call)
    const said = answer(call)
    if (said !== undefined) respond(stream, said)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    close: () => {
      for (const session of sessions) session.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

/** grpc-go sends no date; one that changes at each answer would fill the tables of header compression, 12 KB a connection. */
const AS_GO = { waitForTrailers: true, sendDate: false }

const respond = (stream: ServerHttp2Stream, answer: NonNullable<Answer>): void => {
  stream.respond({ 'content-type': 'application/grpc' }, AS_GO)
  stream.on('wantTrailers', () =>
    stream.sendTrailers(
      'code' in answer
        ? { 'grpc-status': String(answer.code), 'grpc-message': encodeURI(answer.details) }
        : { 'grpc-status': '0' },
    ),
  )
  stream.end('message' in answer ? framed(answer.message) : undefined)
}

/** gRPC puts a compression flag and the length before a message. */
const framed = (message: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** A protobuf message of [field, value] pairs, as etcd would write it. */
export const message = (
  ...fields: readonly [number, bigint | number | string | Buffer][]
): Buffer =>
  Buffer.concat(
    fields.map(([field, value]) =>
      typeof value === 'bigint' || typeof value === 'number'
        ? Buffer.concat([varint(field << 3), varint(value)])
        : Buffer.concat([
            varint((field << 3) | 2),
            varint(Buffer.byteLength(value)),
            Buffer.from(value),
          ]),
    ),
  )

const varint = (value: bigint | number): Buffer => {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
