import type { Entry } from './entry'

/**
 * How the texts of an entry are found in a paste. Lower-cased, since terminals, tickets and people change case; every
 * gap between two letters may hold a line break, since terminals wrap where they like.
 */
export type Pattern = { readonly entry: Entry; readonly spellings: readonly Spelling[] }

/** One text of an entry. `pieces`: what must stand in the squeezed paste for `expression` to be worth its cost. */
export type Spelling = { readonly expression: RegExp; readonly pieces: readonly string[] }

export const patternOf = (entry: Entry): Pattern => ({
  entry,
  spellings: entry.texts.map((text) => {
    const body = text.replace(PREFIX, '').toLowerCase()
    return { expression: expressionOf(body, entry.everyday), pieces: squeezed(body).split('…') }
  }),
})

/** Without blanks and line breaks: what a wrapped text and its original have in common. */
export const squeezed = (text: string): string => text.replace(/[ \n]+/g, '')

const PREFIX = /^(?:etcdserver: )?(?:mvcc: )?/

const expressionOf = (body: string, everyday: boolean): RegExp => {
  const inner = body.split('').map(letterOf).join(BREAK)
  const own = `(?:${OWN_PREFIX}${GAP}){1,3}${inner}${endOf(body)}`
  // Its first letter is looked for first: what stands before is only then looked at.
  const alone = `(?=${letterOf(body.charAt(0))})(?<=^${MARKS}${LABEL})${inner}(?=${MARKS}$)`
  const anywhere = `${startOf(body)}(?:${OWN_PREFIX}${GAP}){0,3}${inner}${endOf(body)}`
  return new RegExp(everyday ? `${own}|${alone}` : anywhere, 'gm')
}

const BREAK = '\\n?'

// Bounded, all of them: an unbounded run of marks or blanks would make a hostile paste cost its length squared.
const GAP = '[ \\n]{0,4}'
const MARKS = '[^a-z0-9\\n]{0,16}'

/** etcd's own, or the wrapper of a gRPC status, behind which a sentence is etcd's. */
const OWN_PREFIX = '(?:etcdserver:|mvcc:|auth:|desc ?=)'

/** What may stand before a sentence that is pasted alone. */
const LABEL = '(?:(?:error|err|reason|message)[^a-z0-9\\n]{1,8})?'

const letterOf = (letter: string): string => {
  if (letter === ' ') return '[ \\n]{1,4}'
  if (letter === '…') return '[^]{0,160}?'
  return letter.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')
}

const startOf = (body: string): string => (/^[a-z0-9]/.test(body) ? '(?<![a-z0-9])' : '')
const endOf = (body: string): string => (/[a-z0-9]$/.test(body) ? '(?![a-z0-9])' : '')
