/**
 * The messages of etcd's Watch on the wire, read byte by byte as they arrive: keys and revisions are taken, values are
 * counted and skipped, so that no value is ever put together, whatever its size. Numbers are those of etcd's rpc.proto.
 */
export const createWatchDecoder = (listener: WatchListener): WatchDecoder => {
  const reading = freshReading(listener)
  return {
    push: (chunk) => {
      for (let at = 0; at < chunk.length;) at = MODES[reading.mode](reading, chunk, at)
    },
  }
}

export type WatchDecoder = {
  /** Throws on bytes that are no Watch of etcd's. */
  push(chunk: Buffer): void
}

export type WatchListener = {
  readonly onWrite: (write: Write) => void
  /** After the writes of each message. */
  readonly onNote: (note: WatchNote) => void
}

/** One key written or deleted. */
export type Write = {
  /** Its first bytes, at most `KEY_MOST`; only valid during the call. */
  readonly key: Buffer
  readonly kind: 'create' | 'update' | 'delete'
  /** Of the whole key and the value. */
  readonly bytes: number
  readonly revision: number
}

/** What a message says besides writes. */
export type WatchNote = {
  readonly created: boolean
  readonly canceled: boolean
  readonly reason: string
  /** The store's revision when it was sent; 0: not told. */
  readonly revision: number
  /** Whether the message held writes. */
  readonly wrote: boolean
}

export const KEY_MOST = 512

type Mode = 'frame' | 'tag' | 'number' | 'length' | 'skip' | 'take'
type Level = 'response' | 'header' | 'event' | 'pair'

type Reading = {
  readonly listener: WatchListener
  mode: Mode
  /** Bytes of the message so far, and where each level that is open ends. */
  at: number
  readonly levels: Level[]
  readonly ends: number[]
  /** The head of a frame: a flag and a length. */
  readonly head: Buffer
  headBytes: number
  field: number
  /** A varint under way. */
  value: number
  weight: number
  /** Bytes left to skip or take. */
  left: number
  readonly taken: Buffer
  takenBytes: number
  // of the message
  created: boolean
  canceled: boolean
  reason: string
  revision: number
  wrote: boolean
  // of the event
  isDelete: boolean
  createRevision: number
  modRevision: number
  keyBytes: number
  valueBytes: number
}

const freshReading = (listener: WatchListener): Reading => ({
  listener,
  mode: 'frame',
  at: 0,
  levels: [],
  ends: [],
  head: Buffer.alloc(HEAD_BYTES),
  headBytes: 0,
  field: 0,
  value: 0,
  weight: 1,
  left: 0,
  taken: Buffer.alloc(KEY_MOST),
  takenBytes: 0,
  created: false,
  canceled: false,
  reason: '',
  revision: 0,
  wrote: false,
  isDelete: false,
  createRevision: 0,
  modRevision: 0,
  keyBytes: 0,
  valueBytes: 0,
})

const HEAD_BYTES = 5

/** Each takes some of the chunk from `from` on and answers where it stopped. */
const MODES: Readonly<Record<Mode, (reading: Reading, chunk: Buffer, from: number) => number>> = {
  frame: (reading, chunk, from) => {
    reading.head[reading.headBytes++] = chunk[from] ?? 0
    if (reading.headBytes === HEAD_BYTES) beginMessage(reading)
    return from + 1
  },
  tag: (reading, chunk, from) => {
    if (isWhole(reading, chunk[from] ?? 0)) beginField(reading, reading.value)
    return from + 1
  },
  number: (reading, chunk, from) => {
    if (isWhole(reading, chunk[from] ?? 0)) {
      keepNumber(reading, reading.value)
      next(reading)
    }
    return from + 1
  },
  length: (reading, chunk, from) => {
    if (isWhole(reading, chunk[from] ?? 0)) beginBytes(reading, reading.value)
    return from + 1
  },
  skip: (reading, chunk, from) => {
    const bytes = Math.min(reading.left, chunk.length - from)
    pass(reading, bytes)
    return from + bytes
  },
  take: (reading, chunk, from) => {
    const bytes = Math.min(reading.left, chunk.length - from)
    reading.takenBytes += chunk.copy(reading.taken, reading.takenBytes, from, from + bytes)
    pass(reading, bytes)
    return from + bytes
  },
}

const pass = (reading: Reading, bytes: number): void => {
  reading.at += bytes
  reading.left -= bytes
  if (reading.left > 0) return
  if (reading.mode === 'take') keepText(reading)
  next(reading)
}

const beginMessage = (reading: Reading): void => {
  if (reading.head[0] !== 0) throw malformed('a compressed message')
  reading.headBytes = 0
  reading.at = 0
  reading.created = false
  reading.canceled = false
  reading.reason = ''
  reading.revision = 0
  reading.wrote = false
  open(reading, 'response', reading.head.readUInt32BE(1))
  next(reading)
}

const open = (reading: Reading, level: Level, bytes: number): void => {
  reading.levels.push(level)
  reading.ends.push(reading.at + bytes)
}

/** To the next field, out of every level that ends here. */
const next = (reading: Reading): void => {
  begin(reading, 'tag')
  const { ends, levels } = reading
  while (ends.length > 0 && ends.at(-1) === reading.at) {
    ends.pop()
    const level = levels.pop()
    if (level === 'event') tellWrite(reading)
    if (level === 'response') tellNote(reading)
  }
  if (ends.length === 0) begin(reading, 'frame')
}

const begin = (reading: Reading, mode: Mode): void => {
  reading.mode = mode
  reading.value = 0
  reading.weight = 1
}

/** Adds one byte of a varint. Numbers over 2^53 lose their last digits: only ids are that large. */
const isWhole = (reading: Reading, byte: number): boolean => {
  reading.at++
  if (reading.at > (reading.ends.at(-1) ?? 0) || reading.weight > 2 ** 63)
    throw malformed('a number without an end')
  reading.value += (byte & 127) * reading.weight
  reading.weight *= 128
  return byte < 128
}

const VARINT = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5

const beginField = (reading: Reading, tag: number): void => {
  reading.field = Math.floor(tag / 8)
  const type = tag % 8
  if (type === VARINT) return begin(reading, 'number')
  if (type === BYTES) return begin(reading, 'length')
  if (type !== FIXED_64 && type !== FIXED_32) throw malformed(`wire type ${type}`)
  run(reading, 'skip', type === FIXED_64 ? 8 : 4)
}

const beginBytes = (reading: Reading, bytes: number): void => {
  const inner = INNER[placeOf(reading)]
  if (inner === undefined) return run(reading, modeOf(reading, bytes), bytes)
  if (reading.at + bytes > (reading.ends.at(-1) ?? 0)) throw malformed('a part past its end')
  if (inner === 'event') clearWrite(reading)
  open(reading, inner, bytes)
  next(reading)
}

const run = (reading: Reading, mode: 'skip' | 'take', bytes: number): void => {
  if (reading.at + bytes > (reading.ends.at(-1) ?? 0)) throw malformed('a field past its end')
  begin(reading, mode)
  reading.left = bytes
  reading.takenBytes = 0
  if (bytes === 0) pass(reading, 0)
}

const placeOf = ({ levels, field }: Reading): string => `${levels.at(-1) ?? ''}.${field}`

const INNER: Readonly<Record<string, Level>> = {
  'response.1': 'header',
  'response.11': 'event',
  'event.2': 'pair',
}

const modeOf = (reading: Reading, bytes: number): 'skip' | 'take' => {
  switch (placeOf(reading)) {
    case 'pair.1':
      reading.keyBytes = bytes
      return 'take'
    case 'pair.5':
      reading.valueBytes = bytes
      return 'skip'
    case 'response.6':
      return 'take'
    default:
      return 'skip'
  }
}

/** A key stays where it was taken: nothing else is taken before its event ends. */
const keepText = (reading: Reading): void => {
  if (placeOf(reading) === 'response.6')
    reading.reason = reading.taken.toString('utf8', 0, reading.takenBytes)
}

const keepNumber = (reading: Reading, value: number): void => {
  switch (placeOf(reading)) {
    case 'response.3':
      reading.created = value !== 0
      return
    case 'response.4':
      reading.canceled = value !== 0
      return
    case 'header.3':
      reading.revision = value
      return
    case 'event.1':
      reading.isDelete = value === 1
      return
    case 'pair.2':
      reading.createRevision = value
      return
    case 'pair.3':
      reading.modRevision = value
      return
    default:
  }
}

const clearWrite = (reading: Reading): void => {
  reading.isDelete = false
  reading.createRevision = 0
  reading.modRevision = 0
  reading.keyBytes = 0
  reading.valueBytes = 0
}

const tellWrite = (reading: Reading): void => {
  const { isDelete, createRevision, modRevision, keyBytes, valueBytes } = reading
  reading.wrote = true
  reading.listener.onWrite({
    key: reading.taken.subarray(0, Math.min(keyBytes, KEY_MOST)),
    kind: isDelete ? 'delete' : createRevision === modRevision ? 'create' : 'update',
    bytes: keyBytes + valueBytes,
    revision: modRevision,
  })
}

const tellNote = (reading: Reading): void => {
  const { listener, created, canceled, reason, revision, wrote } = reading
  listener.onNote({ created, canceled, reason, revision, wrote })
}

const malformed = (what: string): Error => new Error(`malformed message: ${what}`)
