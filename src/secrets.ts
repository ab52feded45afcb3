import { readFileSync } from 'node:fs'

type Env = Readonly<Record<string, string | undefined>>

/**
 * A secret from NAME, or from the file that NAME_FILE names. Never from a flag: those show in process lists.
 * Throws an error that names both ways and holds no secret.
 */
export const readSecret = (name: string, env: Env): string => {
  const direct = env[name]?.trim() ?? ''
  if (direct !== '') return direct
  const file = env[`${name}_FILE`]
  if (file === undefined || file === '')
    throw new Error(
      `Cannot start without ${name}: set ${name}, or ${name}_FILE to a file that holds it`,
    )
  const text = textOf(file, name).trim()
  if (text === '') throw new Error(`Cannot start without ${name}: ${file} is empty`)
  return text
}

/** As readSecret, or undefined when neither NAME nor NAME_FILE is set. */
export const optionalSecret = (name: string, env: Env): string | undefined =>
  [env[name], env[`${name}_FILE`]].every((value) => (value ?? '').trim() === '')
    ? undefined
    : readSecret(name, env)

/** Those of these secrets that can be read, and the password in a URL among them: what a log must never say. */
export const secretsIn = (names: readonly string[], env: Env): readonly string[] =>
  names.flatMap((name) => {
    try {
      const secret = optionalSecret(name, env)
      return secret === undefined ? [] : [secret, ...passwordOf(secret)]
    } catch {
      return [] // whoever needs it says so
    }
  })

const passwordOf = (secret: string): readonly string[] => {
  const written = URL.canParse(secret) ? new URL(secret).password : ''
  if (written === '') return []
  return /%(?![0-9a-f]{2})/i.test(written) ? [written] : [written, decodeURIComponent(written)]
}

const textOf = (file: string, name: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(
      `Cannot read ${name}_FILE ${file}: ${(cause as NodeJS.ErrnoException).code ?? 'unreadable'}`,
      { cause },
    )
  }
}
