import type { Entry } from './entry'

/** The entries whose words come nearest to those of a text that holds none of them, at most three. */
export const nearestTo = (text: string, entries: readonly Entry[]): readonly Entry[] => {
  const words = [...new Set(wordsOf(text))].slice(0, MAX_WORDS)
  const rarity = rarityOf(entries)
  return entries
    .map((entry) => ({ entry, near: nearness(words, entry, rarity) }))
    .filter(({ near }) => near >= NEAR)
    .toSorted((a, b) => b.near - a.near)
    .slice(0, 3)
    .map(({ entry }) => entry)
}

/** More than half of what an entry says, rare words counting more, must stand in the text. */
const NEAR = 0.55
const MAX_WORDS = 200

type Rarity = ReadonlyMap<string, number>

/** A word that stands in few entries says more than one that stands in many. */
const rarityOf = (entries: readonly Entry[]): Rarity => {
  const counts = new Map<string, number>()
  for (const { texts } of entries)
    for (const word of new Set(texts.flatMap(wordsOf)))
      counts.set(word, (counts.get(word) ?? 0) + 1)
  return new Map([...counts].map(([word, count]) => [word, 1 / count]))
}

const nearness = (words: readonly string[], { texts }: Entry, rarity: Rarity): number =>
  Math.max(...texts.map((text) => shareIn(words, wordsOf(text), rarity)))

const shareIn = (words: readonly string[], sought: readonly string[], rarity: Rarity): number => {
  const weight = (word: string): number => rarity.get(word) ?? 0
  const all = sought.reduce((sum, word) => sum + weight(word), 0)
  const near = sought.reduce((sum, word) => sum + weight(word) * bestOf(word, words), 0)
  return all === 0 ? 0 : near / all
}

const bestOf = (sought: string, words: readonly string[]): number =>
  words.reduce((best, word) => Math.max(best, alike(sought, word)), 0)

/** 1 for the same word, else the share of letter pairs in common (Dice) where it is more than half. */
const alike = (one: string, other: string): number => {
  if (one === other) return 1
  if (Math.abs(one.length - other.length) > 3) return 0
  const pairs = pairsOf(one)
  const others = pairsOf(other)
  const common = pairs.filter((pair) => others.includes(pair)).length
  const share = (2 * common) / (pairs.length + others.length)
  return share > 0.5 ? share : 0
}

const pairsOf = (word: string): readonly string[] =>
  word.split('').map((letter, i) => letter + (word[i + 1] ?? ' '))

/** Words of letters. Ids, numbers and etcd's own prefix tell nothing. */
const wordsOf = (text: string): readonly string[] =>
  (text.toLowerCase().match(/[a-z]{2,20}/g) ?? []).filter((word) => !NOISE.has(word))

const NOISE: ReadonlySet<string> = new Set([
  'etcdserver',
  'etcd',
  'mvcc',
  'rpc',
  'error',
  'code',
  'desc',
  'the',
  'is',
  'of',
  'to',
  'in',
  'at',
])
