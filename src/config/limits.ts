import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { LIMIT_NAMES, type Limits } from '../diagnosis/limits'
import { configError, mistakesOf, mistakeText, type Mistake } from './mistakes'

const entry = z.strictObject({
  value: z.number(),
  unit: z.string().min(1),
  least: z.number().default(0),
  source: z.string().min(1),
})
const schema = z.strictObject(Object.fromEntries(LIMIT_NAMES.map((name) => [name, entry])))

/** Reads config/limits.yaml. Throws an error that names every missing, unknown or malformed limit. */
export const loadLimits = (file: string): Limits => {
  const entries = readEntries(file)
  const named = LIMIT_NAMES.map((name) => [name, entries[name]?.value ?? Number.NaN] as const)
  return Object.freeze(Object.fromEntries(named)) as Limits
}

type Given = Readonly<Record<string, number | undefined>>

/** Limits of people below what makes sense, by config/limits.yaml: no election at all would be a storm for ever. */
export const limitMistakes = (file: string, given: Given | undefined): readonly Mistake[] => {
  if (given === undefined) return []
  const entries = readEntries(file)
  return Object.entries(given).flatMap(([name, value]) => {
    const { least = 0, unit = '' } = entries[name] ?? {}
    return value === undefined || value >= least
      ? []
      : [{ path: ['limits', name], text: `need at least ${least} (${unit}), have ${value}` }]
  })
}

const readEntries = (file: string): z.output<typeof schema> => {
  const document = parseDocument(readFileSync(file, 'utf8'))
  const raw: unknown = document.toJS()
  const read = schema.safeParse(raw)
  if (read.success) return read.data
  const mistakes = mistakesOf(read.error.issues, raw, () => [...LIMIT_NAMES])
  throw configError(
    file,
    mistakes.map((mistake) => mistakeText(mistake, document)),
  )
}
