import type { Reader, Writer } from './bytes'

/** One field of one thing, look by look. Undefined: unseen. Objects are kept as JSON. */
export type Value = number | boolean | string | object | undefined

/**
 * How the values of a field are written. `exact`: whole numbers, or millionths. `rough`: to 2 % (whole numbers below 64
 * exactly). Both as differences. `listed`: as places in a list of JSON texts.
 */
const KINDS = ['exact', 'exact-millionths', 'rough', 'rough-millionths', 'listed'] as const
type Kind = (typeof KINDS)[number]

const MILLION = 1_000_000

export const writeColumn = (out: Writer, values: readonly Value[], isRough: boolean): void => {
  const kind = kindOf(values, isRough)
  out.count(KINDS.indexOf(kind))
  if (kind === 'listed') writeListed(out, values)
  else writeNumbers(out, values as readonly (number | undefined)[], kind)
}

export const readColumn = (input: Reader, length: number): readonly Value[] => {
  const kind = KINDS[input.count(KINDS.length - 1)]
  return kind === undefined || kind === 'listed'
    ? readListed(input, length)
    : readNumbers(input, length, kind)
}

const kindOf = (values: readonly Value[], isRough: boolean): Kind => {
  let isWhole = true
  for (const value of values) {
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value >= 0 && value <= 9e15)) return 'listed'
    isWhole &&= Number.isInteger(value)
    if (!isWhole && !isRough && value > 9e9) return 'listed'
  }
  if (isRough) return isWhole ? 'rough' : 'rough-millionths'
  return isWhole ? 'exact' : 'exact-millionths'
}

type Numbers = Exclude<Kind, 'listed'>

const isIn = (kind: Numbers) => ({
  rough: kind === 'rough' || kind === 'rough-millionths',
  scale: kind.endsWith('millionths') ? MILLION : 1,
})

/** 0 is unseen; else 1 + the zigzag of the difference to the value before. */
const writeNumbers = (
  out: Writer,
  values: readonly (number | undefined)[],
  kind: Numbers,
): void => {
  const { rough, scale } = isIn(kind)
  let before = 0
  for (const value of values) {
    if (value === undefined) {
      out.count(0)
      continue
    }
    const whole = Math.round(value * scale)
    const code = rough ? toRough(whole) : whole
    const gain = code - before
    out.count(1 + (gain < 0 ? -2 * gain - 1 : 2 * gain))
    before = code
  }
}

const readNumbers = (input: Reader, length: number, kind: Numbers): readonly Value[] => {
  const { rough, scale } = isIn(kind)
  const values: Value[] = []
  let before = 0
  for (let i = 0; i < length; i++) {
    const zigzag = input.count() - 1
    if (zigzag >= 0) before += zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2
    values.push(zigzag < 0 ? undefined : (rough ? fromRough(before) : before) / scale)
  }
  return values
}

/** A floating number of 6 bits: below 64 itself, then 32 steps for each doubling. Order and closeness are kept. */
export const toRough = (value: number): number => {
  if (value < 64) return value
  const octave = Math.floor(Math.log2(value)) - 5
  return octave * 32 + Math.round(value / 2 ** octave)
}

export const fromRough = (code: number): number => {
  if (code < 64) return code
  const octave = Math.floor(code / 32) - 1
  return (code - octave * 32) * 2 ** octave
}

/** The list, then 0 for unseen or 1 + the place in it. */
const writeListed = (out: Writer, values: readonly Value[]): void => {
  const codes = new Map<Value, number>([[undefined, 0]])
  const places = new Map<string, number>()
  for (const value of values)
    if (!codes.has(value)) codes.set(value, 1 + placeIn(places, textOf(value)))
  out.count(places.size)
  for (const text of places.keys()) out.text(text)
  for (const value of values) out.count(codes.get(value) ?? 0)
}

const placeIn = (places: Map<string, number>, text: string): number => {
  const place = places.get(text) ?? places.size
  places.set(text, place)
  return place
}

/** The edges of histograms are the same few arrays, again and again. */
const texts = new WeakMap<object, string>()

const textOf = (value: Value): string => {
  if (typeof value !== 'object') return JSON.stringify(value)
  const text = texts.get(value) ?? JSON.stringify(value)
  texts.set(value, text)
  return text
}

const readListed = (input: Reader, length: number): readonly Value[] => {
  const count = input.count(length)
  const list = Array.from({ length: count }, () => JSON.parse(input.text(), safely) as Value)
  return Array.from({ length }, () => {
    const code = input.count(count)
    return code === 0 ? undefined : list[code - 1]
  })
}

/** What JSON.parse would make an own field of that name is left out. */
const safely = (name: string, value: unknown): unknown => (name === '__proto__' ? undefined : value)
