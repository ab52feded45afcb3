/** A line of text that a face may give more life: mentions, links, its own way to type a command. Nothing is escaped. */
export type Line = readonly Part[]

export type Part =
  | { readonly is: 'text' | 'strong'; readonly text: string }
  /** A Slack user id, or a login name of the terminal. */
  | { readonly is: 'person'; readonly id: string }
  /** The message that the words before it speak of: where the face cannot link, nothing. */
  | { readonly is: 'link'; readonly url: string }
  /** Ends a line: a subcommand of ours to go on with, `diagnose prod`. A face says ` Next: ` and how it is typed there. */
  | { readonly is: 'ask'; readonly ask: string }

/** Texts become parts; what is undefined is left out. */
export const line = (...parts: readonly (Part | string | undefined)[]): Line =>
  parts.flatMap((part) =>
    part === undefined || part === ''
      ? []
      : [typeof part === 'string' ? { is: 'text', text: part } : part],
  )

export const strong = (text: string): Part => ({ is: 'strong', text })
export const person = (id: string): Part => ({ is: 'person', id })
export const link = (url: string | undefined): Part | undefined =>
  url === undefined ? undefined : { is: 'link', url }

/** As plain words: commands in the words of the terminal, links left out. */
export const plainLine = (parts: Line): string =>
  parts
    .map((part) => {
      switch (part.is) {
        case 'text':
        case 'strong':
          return part.text
        case 'person':
          return part.id
        case 'ask':
          return ` Next: stormwatch ${part.ask}`
        case 'link':
          return ''
      }
    })
    .join('')

/** Lines as one, with something between. */
export const joined = (lines: readonly Line[], between: string): Line =>
  lines.flatMap((one, i) => (i === 0 ? one : [{ is: 'text', text: between } as const, ...one]))

/** The first few, and how many more there are. */
export const few = (lines: readonly Line[], most: number): Line => {
  const more = lines.length - most
  return joined([...lines.slice(0, most), ...(more > 0 ? [line(`${more} more`)] : [])], '; ')
}

/** With so many characters of plain text at most: what is cut is the text, never the next step. */
export const within = (parts: Line, most: number): Line => {
  let left = most
  return parts.flatMap((part): Line => {
    if (part.is !== 'text' && part.is !== 'strong') return [part]
    const { text } = part
    const shown = text.length <= left ? text : left > 0 ? `${text.slice(0, left - 1)}…` : ''
    left -= text.length
    return shown === '' ? [] : [{ ...part, text: shown }]
  })
}

/** Without the full stop that ends it: another text follows. */
export const unended = (parts: Line): Line => {
  const at = parts.findLastIndex(({ is }) => is === 'text')
  return parts.map((part, i) =>
    i === at && part.is === 'text' ? { ...part, text: part.text.replace(/\.$/, '') } : part,
  )
}
