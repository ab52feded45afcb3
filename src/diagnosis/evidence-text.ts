import type { Evidence } from './facts'
import { bytesText, durationText } from './quantity'

/** Where the names of members may be long, `name` cuts them. */
type Naming = { readonly about?: string | undefined; readonly name?: (member: string) => string }

/** `fsync p99 on m1 1.2 s`, without the member where `about` says it already. */
export const evidenceText = (piece: Evidence, { about, name = same }: Naming = {}): string => {
  const { member } = piece
  const on = member === undefined || member === about ? '' : ` on ${name(member)}`
  return `${piece.name}${on} ${quantityText(piece.value, piece)}`
}

/** `limit 500 ms, usual 2 ms`; empty: it stands beside nothing. */
export const besideText = (piece: Evidence): string =>
  [
    ...(piece.limit === undefined ? [] : [`limit ${quantityText(piece.limit, piece)}`]),
    ...usualTexts(piece),
  ].join(', ')

/** `usual 2 ms`, or nothing. */
export const usualTexts = (piece: Evidence): readonly string[] =>
  piece.usual === undefined ? [] : [`usual ${quantityText(piece.usual, piece)}`]

const same = (text: string): string => text

/** The unit is left out where the name says it: `members down 0`. */
const quantityText = (value: number | string, { name, unit }: Evidence): string => {
  if (typeof value === 'string') return [value, unit].filter(Boolean).join(' ')
  if (unit === 'bytes') return bytesText(value)
  if (unit === 'ms') return durationText(value)
  const isSaid = name.split(' ').includes(unit)
  return [String(Number(value.toPrecision(6))), isSaid ? '' : unitText(value, unit)]
    .filter(Boolean)
    .join(' ')
}

/** `1 time`. */
const unitText = (value: number, unit: string): string =>
  value === 1 && /^(times|looks|members|cores)$/.test(unit) ? unit.slice(0, -1) : unit
