/** What counts can say: exact where they are small. */

/** ln Γ(x), x > 0, to about 15 digits (Lanczos, g = 7). */
const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const sum = LANCZOS.reduce((all, term, i) => all + (i === 0 ? term : term / (x - 1 + i)), 0)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const

/** Chance of `k` or fewer of `n`, each with chance `p`. Whole numbers; beyond 100,000 the normal limit. */
export const binomialAtMost = (k: number, n: number, p: number): number => {
  if (k < 0) return 0
  if (k >= n || p <= 0) return 1
  if (p >= 1) return 0
  if (n > 100_000) return normalBelow((k + 0.5 - n * p) / Math.sqrt(n * p * (1 - p)))
  let sum = 0
  for (let i = 0; i <= k; i++) {
    const ways = logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1)
    sum += Math.exp(ways + i * Math.log(p) + (n - i) * Math.log1p(-p))
  }
  return Math.min(1, sum)
}

/** Chance that a normal value lies below `z` (Abramowitz and Stegun 7.1.26, to 1.5e-7). */
export const normalBelow = (z: number): number => {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const inner = 1 - series * Math.exp(-x * x)
  return z < 0 ? (1 - inner) / 2 : (1 + inner) / 2
}

/** The value that a share `q` (0 to 1) of normal values lies below, by halving. */
export const normalQuantile = (q: number): number => {
  let [low, high] = [-8, 8]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (normalBelow(middle) < q) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The same of Student's t with so many degrees of freedom, by its expansion around the normal (to 1 % from 8 on). */
export const studentQuantile = (q: number, degrees: number): number => {
  const z = normalQuantile(q)
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  return z + first / degrees + second / degrees ** 2
}
