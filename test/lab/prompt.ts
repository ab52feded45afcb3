import { createInterface } from 'node:readline'
import type { LabCluster } from './cluster'
import type { Stage } from './stage'

const HELP = `
Ask:    status, diagnose, explain TEXT and the rest, as in Slack
Hurt:   kill N       ends member N at once (1 to 3, or its name)
        pause N      freezes member N
        heal         starts and wakes every member
Other:  help, quit (or Ctrl-D)
`

/** Reads commands from the terminal until quit, Ctrl-C or Ctrl-D. */
export const playByHand = async (stage: Stage): Promise<void> => {
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'demo> ' })
  lines.on('SIGINT', () => {
    stage.interrupt()
    lines.close()
  })
  console.log(HELP)
  lines.prompt()
  for await (const line of lines) {
    const words = line.trim().split(/\s+/).filter(Boolean)
    if (words[0] === 'quit' || words[0] === 'exit') break
    await obey(words, stage).catch((error: unknown) => console.log((error as Error).message))
    lines.prompt()
  }
  lines.close()
}

const obey = async (words: readonly string[], stage: Stage): Promise<void> => {
  const { cluster } = stage
  const [command, who] = words
  if (command === undefined) return
  if (command === 'help') console.log(HELP)
  if (command === 'heal') await heal(cluster)
  else if (command === 'kill') await kill(cluster, memberOf(cluster, who))
  else if (command === 'pause') pause(cluster, memberOf(cluster, who))
  else await stage.stormwatch(words)
}

/** As people name it: 1 to 3, or etcd1. */
const memberOf = ({ members }: LabCluster, word: string | undefined): number => {
  const index = members.findIndex(({ name }, i) => word === name || word === String(i + 1))
  if (index < 0)
    throw new Error(
      `Which member? ${members.map(({ name }, i) => `${i + 1} or ${name}`).join(', ')}`,
    )
  return index
}

export const kill = async (cluster: LabCluster, index: number): Promise<void> => {
  await cluster.kill(index)
  console.log(`${cluster.members[index]?.name} was killed`)
}

const pause = (cluster: LabCluster, index: number): void => {
  cluster.pause(index)
  console.log(
    `${cluster.members[index]?.name} is paused: it runs no more, and its ports still open`,
  )
}

export const heal = async (cluster: LabCluster): Promise<void> => {
  for (const index of cluster.members.keys()) cluster.resume(index)
  // Side by side: one alone may lack the quorum that it waits for.
  await Promise.all([...cluster.members.keys()].map((index) => cluster.start(index)))
  await cluster.healthy()
  console.log('every member runs')
}
