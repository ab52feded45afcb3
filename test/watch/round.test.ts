import { expect, test } from '@jest/globals'
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../../src/cluster/trace/trace'
import type { Trace } from '../../src/cluster/trace/trace'
import { newWatch, watchLook } from '../../src/diagnosis/storm/watcher'
import type { Announcement } from '../../src/watch/announcement'
import { replay } from '../../src/watch/replay'
import { FRESH_EYES, judgeWindow, seeNext } from '../../src/watch/round'
import { LIMITS, settings } from '../support/build'
import { clusterConfig, stage } from './story'

const FOLDER = join(__dirname, '../traces')
const TRACES = readdirSync(FOLDER).filter((name) => name.endsWith('.br'))

const read = (name: string): Promise<Trace> => readTrace(createReadStream(join(FOLDER, name)))

const settingsOf = ({ heartbeatMs, electionMs }: Trace) =>
  settings({
    heartbeatMs: heartbeatMs ?? 100,
    electionMs: electionMs ?? 1000,
    timeoutsFrom: electionMs === undefined ? 'default' : 'config',
  })

test.each(TRACES)(
  '%s: looks at which nobody asks for a cause change nothing that is said',
  async (name) => {
    const trace = await read(name)
    let eyes = FRESH_EYES
    let watch = newWatch(trace.looks[0]?.at ?? 0)
    let full = watch
    let quiet = 0
    const told: { readonly said: unknown; readonly wanted: unknown }[] = []
    for (const observation of trace.looks) {
      eyes = seeNext(eyes, observation)
      const watching = { looks: eyes.window, settings: settingsOf(trace), limits: LIMITS }
      const judged = judgeWindow(watch, watching)
      const whole = watchLook(full, watching)
      told.push({
        said: [judged.watch.storm, judged.watch.notice, judged.post],
        wanted: [whole.watch.storm, whole.watch.notice, whole.post],
      })
      quiet += Number(judged.isQuiet)
      watch = judged.watch
      full = whole.watch
    }
    expect(quiet).toBeGreaterThan(0)
    expect(told.map(({ said }) => said)).toEqual(told.map(({ wanted }) => wanted))
  },
)

test.each(TRACES)('%s: the watch posts what replay says, and nothing else', async (name) => {
  const trace = await read(name)
  const on = stage({ show: () => ({}) })
  let look = 0
  const watcher = on.watcherWith({
    now: () => trace.looks[look]?.at ?? 0,
    observe: async () => trace.looks[look] ?? { at: 0, members: [], roster: NONE },
    everyMs: 2000,
  })
  const cluster = clusterConfig({ settings: settingsOf(trace) })
  for (look = 0; look < trace.looks.length; look++) {
    const looked = await watcher.lookAt(cluster, new AbortController().signal)
    expect(looked.outcome).toBe('judged')
  }
  const told = on.said.map(({ announcement }) => of(announcement))
  const { posts } = replay(trace, LIMITS).replay
  expect(told).toEqual(
    posts.map(({ at, reason, state, summary }) => ({ at, reason, state, summary })),
  )
})

const NONE = { ok: false, why: { kind: 'other', text: '' }, tookMs: 0 } as const

const of = ({ at, reason, state, headline }: Announcement) => ({
  at,
  reason,
  state,
  summary: headline,
})
