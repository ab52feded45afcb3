/**
 * `npm run demo`: the real program on a real cluster of three and a Redis, all private and gone at the end. On a terminal
 * it is a prompt; without one it plays a short story and fails when the story does not come true.
 */
import { heal, kill, playByHand } from './prompt'
import { setStage, type Stage } from './stage'

const main = async (): Promise<number> => {
  console.log('Starting 3 etcd members and a Redis, on free ports of this machine…')
  const coming = setStage()
  const close = once(async () => (await coming).close())
  // From the start on: a signal while servers start must not leave them, nor their folders.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void close().finally(() => process.exit(130)))
  const stage = await coming
  try {
    await ask(stage, ['status', 'demo'])
    if (process.stdin.isTTY) return await byHand(stage)
    return await story(stage)
  } finally {
    await close()
  }
}

const byHand = async (stage: Stage): Promise<number> => {
  const program = `node dist/src/main.js status demo --config "${stage.configFile}"`
  console.log(`\nFrom another terminal, in this folder: ${program}`)
  await playByHand(stage)
  return 0
}

/** The exit codes are those of monitoring plugins: 0 is well, 1 and 2 are not, 3 is unknown. */
const story = async (stage: Stage): Promise<number> => {
  const { cluster } = stage
  await kill(cluster, await cluster.leader())
  const hurt = await ask(stage, ['status', 'demo'])
  await heal(cluster)
  const healed = await ask(stage, ['status', 'demo'])
  if (isTrouble(hurt) && !isTrouble(healed)) return 0
  console.error(`The story went wrong: exit code ${hurt} with a member killed, ${healed} healed`)
  return 1
}

const isTrouble = (exitCode: number): boolean => exitCode !== 0

const ask = (stage: Stage, words: readonly string[]): Promise<number> => {
  console.log(`\n$ stormwatch ${words.join(' ')}`)
  return stage.stormwatch(words)
}

const once = (act: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined
  return () => (done ??= act())
}

void main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  },
)
