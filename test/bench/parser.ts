import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import parseAll from 'parse-prometheus-text-format'
import { parsePage } from '../../src/cluster/page/exposition'
import { packageRoot } from '../../src/package'
import { against, say } from './timing'

const PAGES = ['metrics-3.5.30.txt.br', 'metrics-3.4.23.txt.br']

/** µs for a page of a real member, ours and the usual package's in turns, so that the machine's mood hits both. */
export const benchParser = (): void => {
  say('parser: one /metrics page of a real member')
  for (const name of PAGES) {
    const bytes = brotliDecompressSync(readFileSync(join(packageRoot(), 'test', 'fixtures', name)))
    const page = bytes.toString('utf8')
    for (let i = 0; i < 200; i++) parsePage(bytes)
    for (let i = 0; i < 10; i++) parseAll(page)
    let ours = 0
    let theirs = 0
    for (let round = 0; round < 20; round++) {
      ours += microseconds(50, () => parsePage(bytes)) / 20
      theirs += microseconds(5, () => parseAll(page)) / 20
    }
    say(
      `  ${name.replace('.txt.br', '')}, ${Math.round(page.length / 1000)} kB: ours ${ours.toFixed(0)} µs, parse-prometheus-text-format ${theirs.toFixed(0)} µs`,
    )
    against('times faster', { value: theirs / ours, target: 'at least 20', unit: '×' })
  }
}

const microseconds = (times: number, run: () => unknown): number => {
  const from = performance.now()
  for (let i = 0; i < times; i++) run()
  return ((performance.now() - from) * 1000) / times
}
