import { isMap, parseDocument, type Pair, type Scalar } from 'yaml'

/** The table of values in the chart's README, from the comments that begin with `--` in values.yaml. */

const MARK = /(<!-- values:[^\n]*-->\n)[\s\S]*$/

/** The README with its table made anew. Throws an error that names every value without a comment. */
export const withTable = (readme: string, values: string): string => {
  if (!MARK.test(readme)) throw new Error('README.md has no line <!-- values: … -->')
  const { contents } = parseDocument(values)
  const rows = isMap(contents) ? rowsOf(contents.items as readonly Pair<Scalar, unknown>[], []) : []
  const mute = rows.filter(({ text }) => text === '').map(({ path }) => path)
  if (mute.length > 0) throw new Error(`values.yaml has no comment (# -- …) for ${mute.join(', ')}`)
  const lines = rows.map(
    ({ path, fallback, text }) => `| \`${path}\` | ${codeOf(fallback)} | ${cell(text)} |`,
  )
  return readme.replace(MARK, `$1\n| value | default | |\n|---|---|---|\n${lines.join('\n')}\n`)
}

type Row = { readonly path: string; readonly fallback: unknown; readonly text: string }

const rowsOf = (pairs: readonly Pair<Scalar, unknown>[], path: readonly string[]): readonly Row[] =>
  pairs.flatMap((pair, i) => {
    const at = [...path, String(pair.key.value)]
    // The parser gives the comment of a block's first key to the block
    const text = commentOf(pair.key.commentBefore ?? '')
    const { value } = pair
    if (text === '' && isMap(value) && value.items.length > 0)
      return rowsOf(firstCommented(value.items as Pair<Scalar, unknown>[], value.commentBefore), at)
    const fallback = (value as { toJSON: () => unknown }).toJSON()
    return [{ path: at.join('.'), fallback, text, i }]
  })

const firstCommented = (
  items: Pair<Scalar, unknown>[],
  comment: string | null | undefined,
): readonly Pair<Scalar, unknown>[] => {
  const [first] = items
  if (first !== undefined && comment) first.key.commentBefore ??= comment
  return items
}

/** From the last line that begins with `--` on. */
const commentOf = (comment: string): string => {
  const lines = comment.split('\n').map((line) => line.trim())
  const from = lines.findLastIndex((line) => line.startsWith('-- '))
  return from < 0 ? '' : lines.slice(from).join(' ').replace(/^-- /, '')
}

const codeOf = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text.length > 60 ? 'see values.yaml' : `\`${text}\``
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
