/**
 * `npm run demo`: the real bot on a real cluster of three, a Redis and a small local Slack, all private and gone at the
 * end. On a terminal it is a prompt; without one it plays a story and fails when the story does not come true.
 */
import { textOf } from './channel-view'
import { playByHand } from './prompt'
import { createScreen, type Screen } from './screen'
import { setStage, type Stage } from './stage'
import { ALL_CLEAR_SECONDS } from './stage-config'
import { playStory } from './stage-story'

const STORY_MS = 230_000

const main = async (): Promise<number> => {
  const endsAt = Date.now() + STORY_MS
  const screen = createScreen()
  screen.say(
    'Starting 3 etcd members, a Redis, a small Slack and the bot, on free ports of this machine…',
  )
  const coming = setStage({
    say: screen.say,
    hasShortTimeouts: process.argv.includes('timeouts'),
    hasPeerProxy: process.stdin.isTTY,
  })
  const close = once(async () => {
    const stage = await coming
    screen.say('Ending the bot, the members and the rest…')
    await stage.close()
  })
  endWell(close)
  const stage = await coming
  try {
    stage.channel.follow((happening) => {
      const text = textOf(happening, screen.columns())
      if (text !== undefined) screen.say(text)
    })
    screen.say(
      `The all clear comes after ${ALL_CLEAR_SECONDS} s of calm here, instead of 15 min; looks come every 5 s, not 15.`,
    )
    if (process.stdin.isTTY) return await byHand(stage, screen)
    await playStory({ stage, screen, endsAt })
    return 0
  } finally {
    await close()
  }
}

/** From the start on: what ends us while servers start must not leave them, nor their folders. */
const endWell = (close: () => Promise<void>): void => {
  const end = (code: number): void => void close().finally(() => process.exit(code))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => end(130))
  for (const crash of ['uncaughtException', 'unhandledRejection'] as const)
    process.once(crash, (error: unknown) => {
      console.error(error)
      end(1)
    })
}

const byHand = async (stage: Stage, screen: Screen): Promise<number> => {
  const program = `node dist/src/main.js status demo --config "${stage.configFile}"`
  screen.say(`From another terminal, in this folder: ${program}`)
  void stage.person.ask('status demo').catch((error: unknown) => screen.say(String(error)))
  await playByHand({ stage, screen })
  return 0
}

const once = (act: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined
  return () => (done ??= act())
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
