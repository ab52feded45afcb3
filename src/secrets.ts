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
