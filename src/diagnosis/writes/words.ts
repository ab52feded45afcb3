import { countText } from '../quantity'
import type { Group } from './groups'
import { isKubernetes } from './path'

/** What a group is, for two columns of a table. An empty namespace: it has none. */
export const whereOf = (group: Group): { readonly what: string; readonly namespace: string } => {
  const { path, isRest } = group
  if (!isKubernetes(path[0])) return { what: prefixText(group), namespace: '' }
  const [, resource, namespace] = path
  if (resource === undefined) return { what: 'other resources', namespace: '' }
  return { what: keyText(resource), namespace: namespaceText(namespace, isRest) }
}

const namespaceText = (namespace: string | undefined, isRest: boolean): string => {
  if (namespace === undefined) return isRest ? '(the others)' : '(several)'
  return namespace === '' ? '(none)' : keyText(namespace)
}

const prefixText = ({ path, isRest }: Group): string => {
  if (path.length === 0) return isRest ? 'all other keys' : 'all keys'
  return isRest ? `${pathText(path)} (the rest)` : pathText(path)
}

/** The same in a few words of a sentence. */
export const groupText = (group: Group): string => {
  const { what } = whereOf(group)
  const { path, isRest } = group
  if (!isKubernetes(path[0]) || path.length < 3) return what
  const namespace = path[2] ?? ''
  if (namespace === '') return what
  return isRest ? `${what} elsewhere` : `${what} in ${keyText(namespace)}`
}

/** As it stands in etcd; of Kubernetes `pods/shop/cart-1`. */
export const pathText = (path: readonly string[]): string =>
  isKubernetes(path[0])
    ? path
        .slice(1)
        .filter((part) => part !== '')
        .map(keyText)
        .join('/')
    : keyText(path.join(''))

/** The name of an object, or the key below its group. */
export const hottestText = ({ path, hottest }: Group): string =>
  hottest === undefined ? '' : keyText(hottest.path.slice(path.length).join(''))

export const keysText = ({ keys, folded }: Group): string =>
  keys === 0 && folded ? 'many' : `${folded ? 'over ' : ''}${keys}`

export const keyCountText = ({ keys, folded }: Group): string =>
  folded ? `over ${countText(keys, 'key')}` : countText(keys, 'key')

/** Bytes of a key (latin1, one character a byte) as people can read them: what is no text is shown as \xNN. */
export const keyText = (latin1: string): string => {
  const bytes = Buffer.from(latin1, 'latin1')
  const text = bytes.toString('utf8')
  const isText = !text.includes('\uFFFD')
  return (isText ? text : latin1)
    .replaceAll('\\', '\\\\')
    .replaceAll(isText ? UNPRINTABLE : NO_ASCII, escaped)
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const NO_ASCII = /[^\x20-\x7e]/g

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** Whether a text can stand in a command line as it is: keys are anybody's. */
export const isPlain = (text: string): boolean => /^[\w./:@-]+$/.test(text) && !text.startsWith('-')
