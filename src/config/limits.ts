import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { LIMIT_NAMES, type Limits } from '../diagnosis/limits'
import { configError, mistakesOf, mistakeText } from './mistakes'

const entry = z.strictObject({
  value: z.number(),
  unit: z.string().min(1),
  source: z.string().min(1),
})
const schema = z.strictObject(Object.fromEntries(LIMIT_NAMES.map((name) => [name, entry])))

/** Reads config/limits.yaml. Throws an error that names every missing, unknown or malformed limit. */
export const loadLimits = (file: string): Limits => {
  const document = parseDocument(readFileSync(file, 'utf8'))
  const raw: unknown = document.toJS()
  const read = schema.safeParse(raw)
  if (!read.success) {
    const mistakes = mistakesOf(read.error.issues, raw, () => [...LIMIT_NAMES])
    throw configError(
      file,
      mistakes.map((mistake) => mistakeText(mistake, document)),
    )
  }
  const named = LIMIT_NAMES.map((name) => [name, read.data[name]?.value ?? Number.NaN] as const)
  return Object.freeze(Object.fromEntries(named)) as Limits
}
