import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../../src/cluster/trace/trace'
import { loadLimits } from '../../src/config/limits'
import { looksOf, type Look, type MemberLook } from '../../src/diagnosis/window/look'
import { newWatch, watchLook } from '../../src/diagnosis/storm/watcher'
import { packageRoot } from '../../src/package'
import { judgeWindow } from '../../src/watch/round'
import { figuresOf, figuresText, against, say } from './timing'

const LOOKS = 60
const EVERY_MS = 15_000
const MEMBERS = 5
const RUNS = 60

/** CPU of one verdict over 15 minutes of looks at 5 members, from recordings: calm, and in a storm. */
export const benchVerdict = async (): Promise<void> => {
  say(`verdict: ${MEMBERS} members, ${LOOKS} looks`)
  const limits = loadLimits(join(packageRoot(), 'config', 'limits.yaml'))
  const calm = await recorded('healthy-load-3.5.30')
  const storm = await recorded('pause-leader-2500ms-3.5.30')
  const settings = {
    name: 'bench',
    heartbeatMs: 100,
    electionMs: 1000,
    timeoutsFrom: 'config',
    quotaBytes: undefined,
  } as const
  const before = newWatch(0)
  const cases = { calm: windowOf(calm), 'in a storm': windowOf([...calm, ...storm]) }
  for (const [name, looks] of Object.entries(cases)) {
    const watching = { looks, settings, limits }
    const judge = () => judgeWindow(before, watching).watch.storm.state
    const figures = cpuOf(judge)
    say(`  a look ${name} (${judge()}): ${figuresText(figures)}`)
    const whole = cpuOf(() => watchLook(before, watching))
    against(`a whole verdict ${name}, median`, {
      value: whole.median,
      target: 'under 5',
      unit: 'ms',
    })
  }
}

/** One thread that never waits: time is CPU, but where others take the processor, hence the median. */
const cpuOf = (run: () => unknown) => {
  for (let i = 0; i < RUNS / 3; i++) run()
  const took = Array.from({ length: RUNS }, () => {
    const from = performance.now()
    run()
    return performance.now() - from
  })
  return figuresOf(took)
}

const recorded = async (name: string): Promise<readonly Look[]> => {
  const file = join(packageRoot(), 'test', 'traces', `${name}.ndjson.br`)
  return looksOf((await readTrace(createReadStream(file))).looks)
}

/** The last 60, over again where there are fewer, at 15 s, with members that are like the recorded ones. */
const windowOf = (looks: readonly Look[]): readonly Look[] =>
  Array.from({ length: LOOKS }, (_, i) => {
    const look = looks[(looks.length * LOOKS - LOOKS + i) % looks.length]
    if (look === undefined) throw new Error('Cannot bench: the trace has no look')
    return { ...look, at: (i + 1) * EVERY_MS, voters: MEMBERS, members: grown(look.members) }
  })

const grown = (members: readonly MemberLook[]): readonly MemberLook[] =>
  Array.from({ length: MEMBERS }, (_, i) => {
    const member = members[i < members.length ? i : i - members.length + 1]
    if (member === undefined) throw new Error('Cannot bench: the look has no member')
    if (i < members.length) return member
    return { ...member, endpoint: `${member.endpoint}${i}`, name: `m${i}`, id: `e${i}` }
  })
