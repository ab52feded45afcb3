/**
 * What stands in Redis is foreign: somebody else may have written it. A text is taken when it is of our version, not too
 * large, not too deep, without names that change objects, and of the shape that the reader wants. Everything else is
 * treated as missing, and counted.
 */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export type Shape<T> = (value: Json) => T | undefined
type Counts = { readonly poisoned: (kind: string) => void }

const VERSION = 1
/** Of one value. A storm's state with its evidence is 5 to 20 KB. */
const MAX_BYTES = 128 * 1024
const MAX_DEPTH = 16

/** Throws when the value is larger than what would be read again. Undefined fields are left out. */
export const write = (value: unknown): string => {
  const text = JSON.stringify({ v: VERSION, is: value })
  if (text.length <= MAX_BYTES) return text
  throw new Error(`Cannot store a value: need at most ${MAX_BYTES} characters, have ${text.length}`)
}

/** Undefined: missing, or not ours. `kind` names it in the count. */
export const read = <T>(
  text: unknown,
  shape: Shape<T>,
  { kind, counts }: { readonly kind: string; readonly counts: Counts },
): T | undefined => {
  if (text === null || text === undefined || text === '') return undefined
  const value = contentOf(text)
  const taken = value === undefined ? undefined : shape(value)
  if (taken === undefined) counts.poisoned(kind)
  return taken
}

const contentOf = (text: unknown): Json | undefined => {
  if (typeof text !== 'string' || text.length > MAX_BYTES) return undefined
  try {
    const value = JSON.parse(text) as Json
    if (!isRecord(value) || value['v'] !== VERSION) return undefined
    return isSound(value, 0) ? value['is'] : undefined
  } catch {
    return undefined
  }
}

const UNSAFE: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** JSON.parse makes `__proto__` an own field, and Infinity of 1e999. */
const isSound = (value: Json, depth: number): boolean => {
  if (depth > MAX_DEPTH) return false
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([name, inner]) => !UNSAFE.includes(name) && isSound(inner, depth + 1),
  )
}

export const isRecord = (value: unknown): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text of at most `max` characters. */
export const isText = (value: unknown, max = 4096): value is string =>
  typeof value === 'string' && value.length <= max

/** A whole number of at least 0 that a double holds exactly. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

/** As it is. */
export const anything: Shape<Json> = (value) => value
