import type { Message } from '../../src/slack/message/blocks'

/** A message's blocks as an SVG picture, laid out as Slack does: for the README, where nobody can press a button. */
export const pictureOf = (message: Message, { at, app }: Frame): string => {
  const parts = [...headOf(app, at), ...(message.blocks ?? []).flatMap(partsOf)]
  const rows = placed(parts)
  const height = (rows.at(-1)?.bottom ?? 0) + PAD
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(message.text)}</title>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff" stroke="#dddddd"/>`,
    ...rows.flatMap(({ svg }) => svg),
    '</svg>',
    '',
  ].join('\n')
}

export type Frame = { readonly app: string; readonly at: string }

const WIDTH = 760
const PAD = 20
const LEFT = 24
const ROOM = WIDTH - 2 * LEFT
/** Mean width of a letter as a part of the font size, a little over what common fonts have. */
const LETTER = { sans: 0.53, mono: 0.62 } as const

type Fields = Readonly<Record<string, unknown>>

/** What stands in one row: its height, and how it is drawn from a top edge on. */
type Part = { readonly height: number; readonly draw: (top: number) => readonly string[] }

const placed = (parts: readonly Part[]) => {
  let top = PAD
  return parts.map(({ height, draw }) => {
    const svg = draw(top)
    top += height
    return { svg, bottom: top }
  })
}

const headOf = (app: string, at: string): readonly Part[] => [
  {
    height: 30,
    draw: (top) => [
      `<text x="${LEFT}" y="${top + 14}" ${FONT.sans} font-size="15" font-weight="700" fill="#1d1c1d">⚡ ${escaped(app)}` +
        `<tspan font-size="10" font-weight="400" fill="#616061" dx="8">APP</tspan>` +
        `<tspan font-size="12" font-weight="400" fill="#616061" dx="8">${escaped(at)}</tspan></text>`,
    ],
  },
]

const FONT = {
  sans: 'font-family="Lato, Helvetica, Arial, sans-serif"',
  mono: 'font-family="Menlo, Consolas, monospace"',
} as const

const partsOf = (block: object): readonly Part[] => {
  const fields = block as Fields
  switch (fields['type']) {
    case 'header':
      return [
        textPart(textIn(fields['text']), { size: 18, weight: 700, fill: '#1d1c1d', after: 8 }),
      ]
    case 'section':
      return sectionParts(textIn(fields['text']))
    case 'context':
      return listIn(fields['elements']).map((element) =>
        textPart(textIn(element), { size: 12.5, weight: 400, fill: '#616061', after: 3 }),
      )
    case 'actions':
      return [buttonsPart(listIn(fields['elements']))]
    default:
      throw new Error(`want a block that can be drawn, have ${String(fields['type'])}`)
  }
}

const sectionParts = (text: string): readonly Part[] => {
  const command = /^```([\s\S]*)```$/.exec(text)?.[1]
  return command === undefined
    ? [textPart(text, { size: 15, weight: 400, fill: '#1d1c1d', after: 8 })]
    : [commandPart(command)]
}

type Look = {
  readonly size: number
  readonly weight: number
  readonly fill: string
  readonly after: number
}

const textPart = (text: string, { size, weight, fill, after }: Look): Part => {
  const lines = wrapped(text, Math.floor(ROOM / (size * LETTER.sans)))
  const line = Math.round(size * 1.45)
  return {
    height: lines.length * line + after,
    draw: (top) =>
      lines.map(
        (one, i) =>
          `<text x="${LEFT}" y="${top + size + i * line}" ${FONT.sans} font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(one)}</text>`,
      ),
  }
}

const commandPart = (text: string): Part => {
  const size = 12.5
  const lines = text
    .split('\n')
    .flatMap((one) => wrapped(one, Math.floor((ROOM - 20) / (size * LETTER.mono))))
  const height = lines.length * 19 + 14
  return {
    height: height + 8,
    draw: (top) => [
      `<rect x="${LEFT}" y="${top}" width="${ROOM}" height="${height}" rx="4" fill="#f8f8f8" stroke="#dddddd"/>`,
      ...lines.map(
        (one, i) =>
          `<text x="${LEFT + 10}" y="${top + 20 + i * 19}" ${FONT.mono} font-size="${size}" fill="#1d1c1d" xml:space="preserve">${escaped(one)}</text>`,
      ),
    ],
  }
}

const buttonsPart = (buttons: readonly Fields[]): Part => ({
  height: 44,
  draw: (top) => {
    let x = LEFT
    return buttons.flatMap((button) => {
      const label = textIn(button['text'])
      const width = Math.round(label.length * 14 * LETTER.sans) + 26
      const from = x
      x += width + 8
      const fill = FILLS[String(button['style'])] ?? { back: '#ffffff', ink: '#1d1c1d' }
      return [
        `<rect x="${from}" y="${top + 6}" width="${width}" height="32" rx="4" fill="${fill.back}" stroke="#bbbbbb"/>`,
        `<text x="${from + width / 2}" y="${top + 27}" ${FONT.sans} font-size="14" font-weight="700" fill="${fill.ink}" text-anchor="middle">${escaped(label)}</text>`,
      ]
    })
  },
})

const FILLS: Readonly<Record<string, { readonly back: string; readonly ink: string }>> = {
  primary: { back: '#007a5a', ink: '#ffffff' },
  danger: { back: '#e01e5a', ink: '#ffffff' },
}

/** Lines of at most so many letters, broken at spaces where there are any. */
const wrapped = (text: string, most: number): readonly string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const listIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : [])

const textIn = (value: unknown): string => {
  const text = (value as { readonly text?: unknown } | undefined)?.text
  return typeof text === 'string' ? unescaped(text) : ''
}

/** Slack's three escapes. */
const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
