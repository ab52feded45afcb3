import { clearLine, cursorTo, type Interface } from 'node:readline'

/** Where the demo speaks: above the line that somebody may be typing. */
export type Screen = {
  readonly say: (text: string) => void
  readonly columns: () => number
  /** From now on a prompt stands at the bottom. */
  readonly hold: (lines: Interface) => void
  readonly release: () => void
}

/** Of a pipe or a log. */
const PLAIN_COLUMNS = 110

export const createScreen = (): Screen => {
  const out = process.stdout
  let prompt: Interface | undefined
  return {
    say: (text) => {
      if (prompt !== undefined) {
        cursorTo(out, 0)
        clearLine(out, 0)
      }
      console.log(text)
      prompt?.prompt(true)
    },
    columns: () => (out.isTTY ? out.columns || PLAIN_COLUMNS : PLAIN_COLUMNS),
    hold: (lines) => void (prompt = lines),
    release: () => void (prompt = undefined),
  }
}
