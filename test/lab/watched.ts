import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { readTrace, type Trace } from '../../src/cluster/trace/trace'
import type { LogEvent, Observation } from '../../src/diagnosis/facts'
import type { Limits } from '../../src/diagnosis/limits'
import { newWatch } from '../../src/diagnosis/storm/watcher'
import { replay, settingsOf } from '../../src/watch/replay'
import { FRESH_EYES, judgeWindow, seeNext } from '../../src/watch/round'
import { gradeOf, truthsOf, withoutLogs, type Grade } from './accuracy'

const CALM_MS = 15_000
/** Recorded looks are some milliseconds off. */
const SLACK_MS = 500

/** The looks of a recording that the watcher would have taken, from its `first`: every 15 s, and more while restless. */
export const asWatched = (trace: Trace, limits: Limits, first: number): Trace => {
  const settings = settingsOf(trace)
  const looks: Observation[] = []
  let eyes = FRESH_EYES
  let watch = newWatch(trace.looks[first]?.at ?? 0)
  let next = trace.looks[first]?.at ?? Infinity
  let waiting: LogEvent[] = []
  for (const recorded of trace.looks) {
    waiting.push(...(recorded.logs ?? []))
    if (recorded.at < next - SLACK_MS) continue
    const look = recorded.logs === undefined ? recorded : { ...recorded, logs: waiting }
    waiting = []
    looks.push(look)
    eyes = seeNext(eyes, look)
    const judged = judgeWindow(watch, { looks: eyes.window, settings, limits })
    watch = judged.watch
    eyes = { ...eyes, window: judged.window }
    next = look.at + (judged.isRestless ? limits.restlessLookMs : CALM_MS)
  }
  return { ...trace, looks }
}

/** From these looks on, 4 s apart: where the watcher's ticks fall beside the fault decides. */
const FIRSTS = [0, 2, 4, 6] as const

type Counts = Readonly<Record<Grade, number>>
const NONE: Counts = { right: 0, honest: 0, wrong: 0 }

/** How often the verdict at the end, and the first post of a storm, is right where the watcher chooses the looks. */
export const watchedReport = async (folder: string, limits: Limits): Promise<string> => {
  let [ends, firsts] = [NONE, NONE]
  for (const [name, truth] of truthsOf(folder)) {
    const trace = await readTrace(createReadStream(join(folder, `${name}.ndjson.br`)))
    for (const first of FIRSTS)
      for (const watched of both(asWatched(trace, limits, first))) {
        const said = replay(watched, limits).replay
        ends = counted(ends, gradeOf(said, truth))
        const [post] = said.posts
        if (post !== undefined) firsts = counted(firsts, gradeOf(post, truth))
      }
  }
  return `as the watcher looks, 15 s and 2 s while restless: ${sayCounts(ends)}; first posts: ${sayCounts(firsts)}`
}

const both = (trace: Trace): readonly Trace[] => [trace, withoutLogs(trace)]

const counted = (counts: Counts, grade: Grade): Counts => ({
  ...counts,
  [grade]: counts[grade] + 1,
})

const sayCounts = ({ right, honest, wrong }: Counts): string =>
  `right ${right}, honest ${honest}, wrong ${wrong}`
