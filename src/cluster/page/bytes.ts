export const NEWLINE = 10
export const SPACE = 32
const DOT = 46
const ZERO = 48
const PLUS = 43
const MINUS = 45
const SMALL_E = 101

/** These bytes stand there. */
export const isAt = (page: Buffer, at: number, bytes: Buffer): boolean => {
  if (at + bytes.length > page.length) return false
  for (let i = 0; i < bytes.length; i++) if (page[at + i] !== bytes[i]) return false
  return true
}

/** Powers of ten up to this one are exact as numbers. */
const EXACT = 22
const POWERS = Array.from({ length: EXACT + 1 }, (_, i) => Number(`1e${i}`))
const DIGITS = 15

/**
 * `12`, `0.012`, `1.2e+06`: digits with at most one point and an exponent, and nothing else up to `to`. With 15 digits and a
 * power of ten that are exact, one multiplication or division gives the nearest number, as `Number` does. Undefined for
 * anything else. Most of a page is this.
 */
export const decimalAt = (page: Buffer, from: number, to: number): number | undefined => {
  let whole = 0
  let digits = 0
  let pointAt = -1
  let at = from
  for (; at < to; at++) {
    const code = page[at] ?? 0
    const digit = code - ZERO
    if (digit >= 0 && digit <= 9) {
      whole = whole * 10 + digit
      digits++
    } else if (code === DOT && pointAt < 0) pointAt = at
    else break
  }
  if (digits === 0 || digits > DIGITS) return undefined
  const power = at === to ? 0 : exponentAt(page, at, to)
  if (power === undefined) return undefined
  const shift = power - (pointAt < 0 ? 0 : at - pointAt - 1)
  if (shift === 0) return whole
  const scale = POWERS[Math.abs(shift)]
  if (scale === undefined) return undefined
  return shift > 0 ? whole * scale : whole / scale
}

/** `e+06`, up to `to`. */
const exponentAt = (page: Buffer, from: number, to: number): number | undefined => {
  if (page[from] !== SMALL_E || from + 2 >= to) return undefined
  const sign = page[from + 1]
  if (sign !== PLUS && sign !== MINUS) return undefined
  let value = 0
  for (let at = from + 2; at < to; at++) {
    const digit = (page[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9 || at - from > 4) return undefined
    value = value * 10 + digit
  }
  return sign === PLUS ? value : -value
}
