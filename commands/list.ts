import { baseline } from './baseline'
import { clusters } from './clusters'
import type { Command } from './command'
import { compare } from './compare'
import { diagnose } from './diagnose'
import { explain } from './explain'
import { handoff } from './handoff'
import { helpOn } from './help'
import { note } from './note'
import { silence } from './silence'
import { silences } from './silences'
import { status } from './status'
import { storms } from './storms'
import { unsilence } from './unsilence'
import { writers } from './writers'

const BUT_HELP: readonly Command[] = [
  status,
  diagnose,
  explain,
  storms,
  baseline,
  compare,
  clusters,
  handoff,
  note,
  writers,
  silence,
  unsilence,
  silences,
]

/** Every subcommand, in the order of help. A new one is a file in this folder and a line above. */
export const COMMANDS: readonly Command[] = [...BUT_HELP, helpOn(BUT_HELP)]
