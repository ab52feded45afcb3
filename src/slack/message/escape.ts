/**
 * Text that came from elsewhere (etcd, a user, an error) made safe for Slack. A member can be named `<!channel> *pwn*`.
 *
 * Unsafe are: `<…>`, which mentions and links; control characters and line breaks, which forge lines; characters that
 * turn the direction of writing; and in mrkdwn `* _ ~` and the backtick.
 */

/**
 * For plain_text, raw_text and rich_text, which show what they are given: a look-alike stands for `<` and `>`, because
 * whether these types undo `&lt;` is documented nowhere.
 */
export const plain = (text: string): string =>
  printable(text).replaceAll('<', '‹').replaceAll('>', '›')

/** For mrkdwn: Slack's three entities, and look-alikes for its marks, which have no escape. */
export const markdown = (text: string): string =>
  entities(printable(text))
    .replaceAll('*', '∗')
    .replaceAll('~', '∼')
    .replaceAll('`', 'ˋ')
    // Within a word Slack leaves it alone, and names such as etcd_server stay copyable.
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')

/** For between two backticks, or two times three: shown letter by letter, so that a command can be copied. */
export const code = (text: string): string => entities(printable(text)).replaceAll('`', 'ˋ')

/**
 * The first `most` characters (UTF-16 units, as Slack counts), with an ellipsis where something was cut; no pair is
 * split.
 */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text
  if (most <= 0) return ''
  const head = text.slice(0, Math.max(0, most - 1))
  return `${/[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head}…`
}

/** `escape(text)`, cut before escaping so that the result has at most `most` characters and no entity is cut in two: none where there is no room. */
export const fitted = (text: string, most: number, escape: (text: string) => string): string => {
  let room = most
  let result = escape(cut(text, room))
  while (result.length > most && room > 0) {
    room = Math.floor(room * 0.8)
    result = escape(cut(text, room))
  }
  return result
}

/** What a user typed, as Slack escaped it on the way here. */
export const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** One line without control, direction and half characters. */
const printable = (text: string): string =>
  text
    .replaceAll(/\p{Cs}/gu, '\uFFFD')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
