import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readTrace, type Trace } from '../../src/cluster/trace/trace'
import { loadLimits } from '../../src/config/limits'
import { packageRoot } from '../../src/package'
import { replay } from '../../src/watch/replay'
import { thin } from '../lab/accuracy'
import { against, say } from './timing'

const STORMS = [
  'pause-leader-2500ms-3.5.30',
  'cpu-quota-leader-1pct-3.5.30',
  'disk-leader-1500ms-3.5.30',
  'mistuned-20-100-loss-3.5.30',
]
/** Recorded every 2 s: each seventh look is one every 14 s, the nearest to 15 s. */
const THINNED = 7

/**
 * From the third election of a storm, as the members' logs tell it, to the post that a watcher at 15 s would make: over
 * recordings of real storms, from each of the seven looks that could have been the first. Deterministic.
 */
export const benchWarning = async (): Promise<void> => {
  say('warning: from the third election of a recorded storm to its post, looks every 14 s')
  const limits = loadLimits(join(packageRoot(), 'config', 'limits.yaml'))
  const all: number[] = []
  for (const name of STORMS) {
    const file = join(packageRoot(), 'test', 'traces', `${name}.ndjson.br`)
    const trace = await readTrace(createReadStream(file))
    const third = electionTimes(trace)[2]
    if (third === undefined) {
      say(`  ${name}: fewer than 3 elections`)
      continue
    }
    const waits = Array.from({ length: THINNED }, (_, first) => {
      const { posts } = replay(thin(trace, THINNED, first), limits).replay
      return (posts[0]?.at ?? Infinity) - third
    })
    all.push(...waits)
    say(`  ${name}: ${waits.map(waitText).join(', ')}`)
  }
  against('the longest', {
    value: Math.max(...all.map((wait) => wait / 1000)),
    target: "at most 30; etcd's mixin: at least 300",
    unit: 's',
  })
}

const waitText = (ms: number): string => {
  if (ms === Infinity) return 'none within the recording'
  return ms < 0 ? `${Math.round(-ms / 1000)} s before` : `${Math.round(ms / 1000)} s`
}

/** When each new term had its leader. */
const electionTimes = ({ looks }: Trace): readonly number[] => {
  const firstOf = new Map<number, number>()
  const events = looks.flatMap(({ logs }) => logs ?? []).toSorted((a, b) => a.at - b.at)
  for (const { kind, at, term } of events)
    if (kind === 'elected' && term !== undefined && !firstOf.has(term)) firstOf.set(term, at)
  return [...firstOf.values()]
}
