import { loadavg } from 'node:os'

/** How long things took, in ms. Figures to print, never to decide a test. */
export type Figures = {
  readonly n: number
  readonly median: number
  readonly p99: number
  readonly max: number
}

/** Runs it `n` times, one after another, after `warm` runs that do not count. */
export const timed = async (
  n: number,
  warm: number,
  run: () => Promise<unknown>,
): Promise<Figures> => {
  for (let i = 0; i < warm; i++) await run()
  const took: number[] = []
  for (let i = 0; i < n; i++) {
    const from = performance.now()
    await run()
    took.push(performance.now() - from)
  }
  return figuresOf(took)
}

export const figuresOf = (took: readonly number[]): Figures => {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
  return { n: sorted.length, median: at(0.5), p99: at(0.99), max: at(1) }
}

export const figuresText = ({ n, median, p99, max }: Figures): string =>
  `median ${msText(median)}, p99 ${msText(p99)}, max ${msText(max)} (n = ${n})`

const msText = (ms: number): string => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** How busy the machine is with others: figures of time mean little without it. */
export const loadText = (): string => `load average ${(loadavg()[0] ?? 0).toFixed(1)}`

/** A figure beside what it should be. */
export const against = (
  what: string,
  { value, target, unit }: { value: number; target: string; unit: string },
): void =>
  say(`  ${what}: ${value < 10 ? value.toFixed(2) : value.toFixed(0)} ${unit} (target: ${target})`)
