import type { Answer } from '../src/diagnosis/answer'
import { COMMANDS } from './list'
import { mistake, nearest, type Ask, type Tools } from './command'

/** What a face learns of a request besides its answer: for the audit line and the metrics. */
export type Dispatched = {
  /** The subcommand's name, or `unknown`: never what somebody typed, so that metrics stay bounded. */
  readonly command: string
  readonly answer: Answer
}

/** Runs the subcommand that the first word names. No word is help; an unknown word gets the nearest and help. */
export const dispatch = async (
  words: readonly string[],
  ask: Omit<Ask, 'words'>,
  tools: Tools,
): Promise<Dispatched> => {
  const [name = 'help', ...rest] = words
  const command = COMMANDS.find((one) => one.name === name.toLowerCase())
  if (command === undefined) return { command: 'unknown', answer: noSuchCommand(name, tools.now()) }
  return { command: command.name, answer: await command.run({ ...ask, words: rest }, tools) }
}

/** Whether the subcommand that the first word names needs what a bot has kept. */
export const isOfPast = ([name]: readonly string[]): boolean =>
  COMMANDS.some((command) => command.name === name?.toLowerCase() && command.isOfPast === true)

const noSuchCommand = (name: string, at: number): Answer => {
  const names = COMMANDS.map((command) => command.name)
  const near = nearest(name, names)
  const guess = near === undefined ? '' : ` Did you mean ${near}?`
  return mistake(at, `There is no subcommand “${name}”.${guess} Subcommands: ${names.join(', ')}.`)
}
