/** Words with the options among them taken out. `--hours 12` and `--hours=12`; phones turn two hyphens into a dash. */
export type Taken<Name extends string> =
  | {
      readonly ok: true
      readonly words: readonly string[]
      readonly options: Readonly<Partial<Record<Name, string>>>
    }
  | { readonly ok: false; readonly why: string }

/** Takes these options out of the words; another option, one without a value or one twice is told. */
export const takeOptions = <Name extends string>(
  typed: readonly string[],
  names: readonly Name[],
): Taken<Name> => {
  const words: string[] = []
  const options: Partial<Record<Name, string>> = {}
  const left = [...typed]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [, name, given] = /^(?:--|—|–)([a-z]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) {
      words.push(word)
      continue
    }
    const known = names.find((one) => one === name)
    if (known === undefined)
      return { ok: false, why: `there is no option --${name}; there is ${listOf(names)}` }
    const value = given ?? left.shift()
    if (value === undefined || value === '') return { ok: false, why: `--${name} needs a value` }
    if (options[known] !== undefined) return { ok: false, why: `--${name} stands there twice` }
    options[known] = value
  }
  return { ok: true, words, options }
}

const listOf = (names: readonly string[]): string => names.map((name) => `--${name}`).join(', ')
