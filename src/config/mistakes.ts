import { distance } from 'fastest-levenshtein'
import type { Document } from 'yaml'
import type { z } from 'zod'

/** One thing that is wrong in a file, with its place, the want and the have. */
export type Mistake = {
  readonly path: readonly (string | number)[]
  readonly text: string
}

/** Broken configuration. The message names every mistake, one a line. */
export const configError = (file: string, mistakes: readonly string[]): Error =>
  new Error(
    `${file} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n` +
      mistakes.map((mistake) => `  ${mistake}`).join('\n'),
  )

/** What zod found, in our words. `raw` is what was read, `knownKeys` tells the keys that a place may have. */
export const mistakesOf = (
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  knownKeys: (path: readonly (string | number)[]) => readonly string[],
): readonly Mistake[] =>
  issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...path, key],
        text: unknownKey(key, knownKeys(path)),
      }))
    if (issue.code === 'invalid_key') return [{ path, text: wantOf(issue.issues[0] ?? issue) }]
    return [{ path, text: `${wantOf(issue)}, have ${haveOf(at(raw, path))}` }]
  })

/** `clusters.prod.endpoints (line 4): need at least 1, have none` */
export const mistakeText = ({ path, text }: Mistake, document: Document): string => {
  const line = lineOf(document, path)
  return `${path.join('.') || 'the file'}${line === undefined ? '' : ` (line ${line})`}: ${text}`
}

const unknownKey = (key: string, known: readonly string[]): string => {
  const near = known.toSorted((a, b) => distance(key, a) - distance(key, b))[0]
  return near === undefined
    ? 'is not a key that Stormwatch knows'
    : `is not a key that Stormwatch knows; the nearest is ${near}${allText(known)}`
}

/** More than a line of names hides the mistakes beside it. */
const allText = (known: readonly string[]): string =>
  known.length > 16 ? '' : ` (all: ${known.join(', ')})`

const wantOf = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `need ${TYPE_WORDS.get(issue.expected) ?? issue.expected}`
    case 'too_small':
      return `need at least ${String(issue.minimum)}${unitOf(issue.origin)}`
    case 'too_big':
      return `need at most ${String(issue.maximum)}${unitOf(issue.origin)}`
    case 'invalid_value':
      return `need one of ${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return `need ${unionWords(issue)}`
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message
  }
}

const TYPE_WORDS: ReadonlyMap<string, string> = new Map([
  ['object', 'a block of keys'],
  ['record', 'a block of names'],
  ['array', 'a list'],
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
])

const unitOf = (origin: string): string => {
  if (origin === 'array') return ' entries'
  return origin === 'string' ? ' characters' : ''
}

const unionWords = (issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>): string =>
  [...new Set(issue.errors.flat().map((one) => wantOf(one).replace(/^need /, '')))].join(' or ') ||
  'another value'

const haveOf = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') return 'a block of keys'
  return JSON.stringify(typeof value === 'string' ? withoutUser(value).slice(0, 120) : value)
}

/** A URL with a user may hold a password, and that any character: neither is repeated. */
const withoutUser = (text: string): string => text.replace(/\/\/.*@/gs, '//…@')

const at = (raw: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    raw,
  )

/** The line of the nearest place on the path that the file has. 1 is the first. */
const lineOf = (document: Document, path: readonly (string | number)[]): number | undefined => {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    const range = (node as { range?: readonly number[] } | undefined)?.range
    if (range?.[0] !== undefined) return lineAt(document, range[0])
  }
  return undefined
}

const lineAt = (document: Document, offset: number): number | undefined => {
  const counter = (
    document as Document & { lineCounter?: { linePos: (at: number) => { line: number } } }
  ).lineCounter
  return counter?.linePos(offset).line
}
