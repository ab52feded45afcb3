import { ERRORS } from './catalogue-errors'
import { LINES } from './catalogue-lines'
import type { Entry } from './entry'
import { nearestTo } from './nearest'
import { plain } from './plain'
import { patternOf, squeezed } from './pattern'
import type { Pattern } from './pattern'
import type { Severity } from '../facts'

/** What a pasted text says, by the catalogue. */
export type Explanation = {
  /** The worst first, then the most frequent. Empty: nothing of it is known. */
  readonly found: readonly Found[]
  /** Only when nothing was found: what comes near, the nearest first, at most three. May be empty too. */
  readonly nearest: readonly Entry[]
  /** It passed through kube-apiserver, where one create or update is several calls of etcd. */
  readonly kubernetes: boolean
  /** The text was longer than what is read: only its beginning was looked at. */
  readonly cut: boolean
}

export type Found = { readonly entry: Entry; readonly count: number }

/** All errors and log lines of etcd that Stormwatch can explain. */
export const CATALOGUE: readonly Entry[] = [...ERRORS, ...LINES]

/** Finds every known error and log line in a paste, whatever stands around them. Pure, any text, never throws. */
export const explain = (text: string): Explanation => {
  const paste = plain(text.slice(0, MAX_TEXT))
  const found = grouped(longest(spansIn(paste)))
  return {
    found,
    nearest: found.length > 0 ? [] : nearestTo(paste, CATALOGUE),
    kubernetes: KUBERNETES.test(paste),
    cut: text.length > MAX_TEXT,
  }
}

/** A Slack message holds 40,000 characters; a log on standard input may be longer. */
const MAX_TEXT = 256 * 1024

const KUBERNETES = /kube|apiserver|error from server|storage\.?go|\/registry\/|etcd3\/store/

const PATTERNS: readonly Pattern[] = CATALOGUE.map(patternOf)

type Span = { readonly entry: Entry; readonly from: number; readonly to: number }

const spansIn = (paste: string): readonly Span[] => {
  const dense = squeezed(paste)
  return PATTERNS.flatMap(({ entry, spellings }) =>
    spellings
      .filter(({ pieces }) => pieces.every((piece) => dense.includes(piece)))
      .flatMap(({ expression }) => [...paste.matchAll(expression)])
      .map((match) => ({ entry, from: match.index, to: match.index + match[0].length })),
  )
}

/** Of spans that overlap only the longest stays: `request timed out, possibly …` is never also `request timed out`. */
const longest = (spans: readonly Span[]): readonly Span[] => {
  const kept: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = kept.at(-1)
    if (last === undefined || span.from >= last.to) kept.push(span)
    else if (span.to - span.from > last.to - last.from) kept[kept.length - 1] = span
  }
  return kept
}

const grouped = (spans: readonly Span[]): readonly Found[] => {
  const counts = new Map<Entry, number>()
  for (const { entry } of spans) counts.set(entry, (counts.get(entry) ?? 0) + 1)
  return [...counts]
    .map(([entry, count]) => ({ entry, count }))
    .toSorted((a, b) => RANK[b.entry.severity] - RANK[a.entry.severity] || b.count - a.count)
}

const RANK: Readonly<Record<Severity, number>> = { ok: 0, warning: 1, critical: 2 }
