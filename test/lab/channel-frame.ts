import { ROW } from './channel-blocks'

/** What a frame is about: its title, and a note at the right. */
export type Frame = { readonly title: string; readonly note?: string; readonly indent?: number }

const MOST_WIDTH = 110
const LEAST_WIDTH = 50

/** Lines within a frame of at most `columns` characters, wrapped. */
export const framed = (
  { title, note = '', indent = 0 }: Frame,
  lines: readonly string[],
  columns: number,
): string => {
  const width = widthOf(columns) - indent
  const edge = ' '.repeat(indent)
  const rule = '─'.repeat(Math.max(1, width - title.length - note.length - 7))
  return [
    `${edge}┌─ ${title} ${rule}${note === '' ? '──' : ` ${note} ─`}`,
    ...lines
      .flatMap((line) => wrapped(line, width - 2))
      .map((line) => `${edge}│ ${line}`.trimEnd()),
    `${edge}└${'─'.repeat(width - 1)}`,
  ].join('\n')
}

/** Broken between words, what continues a line below its text; rows of a table are cut. */
export const wrapped = (line: string, width: number): readonly string[] => {
  if (line.length <= width) return [line]
  if (line.startsWith(ROW)) return [`${line.slice(0, width - 1)}…`]
  const hang = ' '.repeat(/^\s*(?:[·•+]\s|➡️\s)?/.exec(line)?.[0].length ?? 0)
  const at = line.lastIndexOf(' ', width)
  const cut = at > hang.length ? at : width
  return [line.slice(0, cut), ...wrapped(`${hang}${line.slice(cut).trimStart()}`, width)]
}

type Edit = { readonly before: readonly string[]; readonly after: readonly string[] }

/**
 * What an edit changed, folded: nobody wants to read the whole message again. A frame of the lines that say something new;
 * where only numbers and names changed, one line. Undefined: nothing changed for the eye.
 */
export const editText = (frame: Frame, edit: Edit, columns: number): string | undefined => {
  const { changed, telling } = changesIn(edit)
  if (changed.length === 0) return undefined
  if (telling.length === 0) return editLine(frame, changed, columns)
  const left = changed.length - telling.length
  const lines = telling.map((line) => `+ ${line}`)
  return framed(frame, left === 0 ? lines : [...lines, `  (and ${otherLines(left)})`], columns)
}

type Changes = {
  readonly changed: readonly string[]
  /** Those that differ by more than numbers. */
  readonly telling: readonly string[]
}

const changesIn = ({ before, after }: Edit): Changes => {
  const changed = after.filter((line) => line.trim() !== '' && !before.includes(line))
  const shapes = before.map(shapeOf)
  return { changed, telling: changed.filter((line) => !shapes.includes(shapeOf(line))) }
}

/** Without its numbers, and so without the numbers of members; of evidence the place does not count either. */
const shapeOf = (line: string): string => {
  const shape = line.replaceAll(/\d+(?:\.\d+)?/g, '#')
  const isEvidence = shape.startsWith('· ') && !shape.startsWith('· Cause')
  return isEvidence ? shape.replace(/^· \S+: /, '· ').replace('maximum', 'p#') : shape
}

const editLine = (
  { title, note = '' }: Frame,
  [first = '', ...rest]: readonly string[],
  columns: number,
): string => {
  const head = `✎ ${note} · ${title}: `
  const tail = rest.length === 0 ? '' : ` (and ${otherLines(rest.length)})`
  const room = widthOf(columns) - head.length - tail.length
  const text = first.replace(/^· /, '')
  return `${head}${text.length <= room ? text : `${text.slice(0, room - 1)}…`}${tail}`
}

const otherLines = (count: number): string =>
  count === 1 ? '1 line with other numbers' : `${count} lines with other numbers`

const widthOf = (columns: number): number =>
  Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, columns - 1))
