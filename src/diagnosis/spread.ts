/** The value below which a share `q` (0 to 1) of the values lies, by the nearest one. Undefined without values. */
export const quantile = (values: readonly number[], q: number): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]
}

export type Weighted = { readonly value: number; readonly weight: number }

/** The same, where each value counts by its weight. */
export const weightedQuantile = (values: readonly Weighted[], q: number): number | undefined => {
  const sorted = values.toSorted((a, b) => a.value - b.value)
  const limit = q * sorted.reduce((sum, { weight }) => sum + weight, 0)
  let below = 0
  return (sorted.find(({ weight }) => (below += weight) > limit) ?? sorted.at(-1))?.value
}

export const median = (values: readonly number[]): number | undefined => quantile(values, 0.5)

/** Sum of what was seen; undefined when nothing was. */
export const total = (values: readonly (number | undefined)[]): number | undefined => {
  const seen = values.filter((value) => value !== undefined)
  return seen.length === 0 ? undefined : seen.reduce((sum, value) => sum + value, 0)
}
