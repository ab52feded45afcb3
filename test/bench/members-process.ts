import { startMembers } from './members'

/** A process of its own, so that serving costs the watcher nothing. Prints its members as JSON, ends with its parent. */
void startMembers().then((members) => process.stdout.write(`${JSON.stringify(members)}\n`))
process.stdin.resume().on('end', () => process.exit(0))
