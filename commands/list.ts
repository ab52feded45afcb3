import { clusters } from './clusters'
import type { Command } from './command'
import { help } from './help'
import { status } from './status'

/** Every subcommand, in the order of help. A new one is a file in this folder and a line here. */
export const COMMANDS: readonly Command[] = [status, clusters, help]
