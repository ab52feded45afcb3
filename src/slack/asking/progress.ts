import type { Voice } from './voice'

/** ms. */
export type ProgressTiming = {
  /** An answer that takes longer gets a line of progress. */
  readonly progressAfterMs: number
  /** Between two lines. */
  readonly progressEveryMs: number
}

export type Progress = {
  /** The line to show next. */
  readonly say: (line: string) => void
  /** Shows no more; resolves when the last line has arrived, so that the answer comes after it. */
  readonly stop: () => Promise<void>
}

/** Shows the last line after a second, then each new one at most every few seconds, one post at a time. */
export const showProgress = (voice: Voice, timing: ProgressTiming): Progress => {
  let line = 'Looking…'
  let shown = ''
  let posting: Promise<void> = Promise.resolve()
  let stopped = false
  const show = async (): Promise<void> => {
    if (line !== shown) {
      shown = line
      posting = voice.progress(line)
      await posting
    }
    if (!stopped) timer = setTimeout(() => void show(), timing.progressEveryMs) // voices never reject
  }
  let timer = setTimeout(() => void show(), timing.progressAfterMs) // voices never reject
  return {
    say: (next) => {
      line = next
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      return posting
    },
  }
}
