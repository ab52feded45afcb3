import { createInterface } from 'node:readline'
import { buttonsOf } from './channel-blocks'
import { newestWith } from './channel-person'
import { channelText } from './channel-view'
import type { LabCluster } from './cluster'
import type { Screen } from './screen'
import type { Stage } from './stage'
import { stormList } from './stage-storms'

const HELP = `
Ask:    status, diagnose, storms, baseline, explain TEXT, silence demo 30m… as after /etcd in Slack
Hurt:   storm NAME   a real fault for about a minute: storm alone lists them; calm ends it
        kill N       ends member N at once (1 to 3, or its name)
        pause N      freezes member N
        heal         ends the fault, starts and wakes every member
Slack:  ack          presses Acknowledge on the open storm
        press N      presses button N of the newest message that has one
        channel      shows the channel as it stands now
Other:  keys (this list), quit (or Ctrl-D)`

type Parts = { readonly stage: Stage; readonly screen: Screen }

/** Reads commands from the terminal until quit, Ctrl-C or Ctrl-D. Answers come when they come, above the prompt. */
export const playByHand = async ({ stage, screen }: Parts): Promise<void> => {
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'demo> ' })
  lines.on('SIGINT', () => lines.close())
  screen.say(HELP)
  screen.hold(lines)
  lines.prompt()
  try {
    for await (const line of lines) {
      const words = line.trim().split(/\s+/).filter(Boolean)
      if (words[0] === 'quit' || words[0] === 'exit') break
      // Not awaited: a diagnosis takes half a minute, and a storm does not wait for it
      void obey(words, { stage, screen }).catch((error: unknown) =>
        screen.say((error as Error).message),
      )
      lines.prompt()
    }
  } finally {
    screen.release()
    lines.close()
  }
}

const obey = async (words: readonly string[], { stage, screen }: Parts): Promise<void> => {
  const { cluster, weather, channel } = stage
  const [command, ...rest] = words
  const [who] = rest
  switch (command) {
    case undefined:
      return
    case 'keys':
      return screen.say(HELP)
    case 'help':
      screen.say(HELP)
      return void (await stage.person.ask('help'))
    case 'channel':
      return screen.say(channelText(channel, screen.columns()))
    case 'kill':
      return screen.say(await kill(cluster, memberOf(cluster, who)))
    case 'pause':
      return screen.say(await pause(cluster, memberOf(cluster, who)))
    case 'heal':
      return screen.say(await heal(stage))
    case 'storm':
      return screen.say(who === undefined ? stormList() : await weather.begin(who))
    case 'calm':
      return screen.say((await weather.calm()) ?? 'no fault is on')
    case 'ack':
      return acknowledge(stage)
    case 'press':
      return pressNumbered(stage, Number(who))
    default:
      await stage.person.ask(asTyped(words))
  }
}

/** People who know Slack type the slash command too. */
const asTyped = (words: readonly string[]): string =>
  (words[0] === '/etcd' ? words.slice(1) : words).join(' ')

/** Presses the button of the storm that is open; its answer appears in the channel's view. */
export const acknowledge = async ({ channel, person }: Stage): Promise<void> => {
  const open = newestWith(channel, 'storm_acknowledge')
  if (open === undefined) throw new Error('There is no storm to acknowledge: no message offers it')
  await person.press(open.message, open.button)
}

const pressNumbered = async ({ channel, person }: Stage, number: number): Promise<void> => {
  const message = channel.roots().findLast((one) => buttonsOf(one).length > 0)
  const buttons = message === undefined ? [] : buttonsOf(message)
  const button = buttons[number - 1]
  if (message === undefined || button === undefined)
    throw new Error(
      `Which button? ${buttons.map(({ label }, i) => `${i + 1} ${label}`).join(', ')}`,
    )
  // A window comes instead of an answer
  if (button.actionId === 'storm_silence') void person.press(message, button).catch(() => {})
  else await person.press(message, button)
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

/** Says what was done. */
export const kill = async (cluster: LabCluster, index: number): Promise<string> => {
  await cluster.kill(index)
  return `${cluster.members[index]?.name} was killed`
}

const pause = async (cluster: LabCluster, index: number): Promise<string> => {
  await cluster.pause(index)
  return `${cluster.members[index]?.name} is paused: it runs no more, and its ports still open`
}

export const heal = async ({ cluster, weather }: Stage): Promise<string> => {
  await weather.calm()
  for (const index of cluster.members.keys()) cluster.resume(index)
  // Side by side: one alone may lack the quorum that it waits for.
  await Promise.all([...cluster.members.keys()].map((index) => cluster.start(index)))
  await cluster.healthy()
  return 'every member runs'
}
