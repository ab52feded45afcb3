import { expect, test } from '@jest/globals'
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../../src/cluster/trace'
import type { Trace } from '../../src/cluster/trace'
import { newWatch, watchLook } from '../../src/diagnosis/watcher'
import type { Watch } from '../../src/diagnosis/watcher'
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

test.each(TRACES)('%s: looks that are quiet are judged as if they were not', async (name) => {
  const trace = await read(name)
  let eyes = FRESH_EYES
  let watch = newWatch(trace.looks[0]?.at ?? 0)
  const quiet: { readonly judged: Watch; readonly full: ReturnType<typeof watchLook> }[] = []
  for (const observation of trace.looks) {
    eyes = seeNext(eyes, observation)
    const watching = { looks: eyes.window, settings: settingsOf(trace), limits: LIMITS }
    const judged = judgeWindow(watch, watching)
    if (judged.isQuiet) quiet.push({ judged: judged.watch, full: watchLook(watch, watching) })
    watch = judged.watch
  }
  expect(quiet.length).toBeGreaterThan(0)
  expect(quiet.map(({ judged }) => judged)).toEqual(quiet.map(({ full }) => full.watch))
  expect(quiet.flatMap(({ full }) => full.post ?? [])).toEqual([])
})

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
