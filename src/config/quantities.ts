/** Durations and sizes as people write them in a file. Undefined: not understood. */

const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `1500` (ms), `250ms`, `2s`, `15m`, `4h`, `1h30m` → ms. */
export const durationMs = (written: string | number): number | undefined => {
  if (typeof written === 'number') return written
  if (/^\d+$/.test(written)) return Number(written)
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(written)) return undefined
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  return parts.reduce((total, [, count, unit]) => total + Number(count) * (MS[unit ?? ''] ?? 0), 0)
}

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** `8589934592`, `8GiB`, `500MB` → bytes. */
export const sizeBytes = (written: string | number): number | undefined => {
  if (typeof written === 'number') return written
  const [, count, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)?$/.exec(written) ?? []
  return count === undefined ? undefined : Math.round(Number(count) * (BYTES[unit] ?? 1))
}
