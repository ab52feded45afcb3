/**
 * A paste without what terminals, Slack, JSON and tickets do to text: colours, escapes, entities, curly quotes, quote marks
 * at line starts, upper case. Line breaks stay, since they may stand in the middle of a word.
 */
export const plain = (text: string): string =>
  SPELLINGS.reduce((read, [pattern, instead]) => read.replace(pattern, instead), text)
    .toLowerCase()
    .trim()

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  // oxlint-disable-next-line no-control-regex -- colours begin with ESC
  [/\u001b\[[\d;?]*[A-Za-z]|\\u001b\[[\d;]*m|\\x1b\[[\d;]*m/g, ''],
  [/[\u00ad\u200b-\u200d\u2060\ufeff]/g, ''],
  [/[\u2018\u2019\u02bc]/g, "'"],
  [/[\u201c\u201d]/g, '"'],
  [/&lt;/g, '<'],
  [/&gt;/g, '>'],
  [/&quot;|&#34;/g, '"'],
  [/&#39;|&apos;/g, "'"],
  [/&amp;/g, '&'],
  [/\\{1,8}[nr]/g, '\n'],
  [/\\{1,8}t/g, ' '],
  [/\\{1,8}"/g, '"'],
  [/\\{1,8}u0026/g, '&'],
  [/[^\S\n]+/g, ' '],
  [/ ?\n[ >|]*/g, '\n'],
]
