import { availableParallelism, loadavg } from 'node:os'
import type { Kept } from '../support/slack-workspace'
import { linesOf } from './channel-blocks'
import { acknowledge, heal, kill } from './prompt'
import { nap } from './rounds'
import type { Screen } from './screen'
import type { Stage } from './stage'
import { ALL_CLEAR_SECONDS } from './stage-config'

type Parts = { readonly stage: Stage; readonly screen: Screen; readonly endsAt: number }

/** What a look and a post may take beside what is waited for. */
const SPARE_MS = 30_000
const WARNING_WITHIN_MS = 70_000
/** The storm rages at least so long, as one at night would. */
const STORM_MS = 45_000

/**
 * A short story that plays itself: a member dies and comes back, a storm is warned of, acknowledged and over. Rejects with
 * what was missing when it does not come true, by `endsAt` (Unix ms) at the latest.
 */
export const playStory = async (parts: Parts): Promise<void> => {
  await oneMemberDies(parts)
  const { stage, screen } = parts
  tell(screen, await stage.weather.begin('pause'))
  const stormFrom = Date.now()
  const within = { ...parts, withinMs: WARNING_WITHIN_MS }
  await until('a warning that names pauses as the cause', within, () =>
    saysAll(rootsOf(stage), 'Storm warning', 'Cause: pauses'),
  )
  await nap(Math.max(0, Math.min(stormFrom + STORM_MS, parts.endsAt) - Date.now()))
  tell(screen, 'you press Acknowledge')
  await acknowledge(stage)
  await until('the acknowledgement in the thread', { ...parts, withinMs: SPARE_MS }, () =>
    saysAll(threadsOf(stage), 'Acknowledged by'),
  )
  tell(screen, (await stage.weather.calm()) ?? 'the fault is over')
  tell(screen, `the all clear comes after ${ALL_CLEAR_SECONDS} s of calm`)
  // Every stall of a busy machine begins the calm anew: as long as there is time
  await until('the all clear', { ...parts, withinMs: Infinity }, () =>
    saysAll(rootsOf(stage), 'All clear'),
  )
}

const oneMemberDies = async (parts: Parts): Promise<void> => {
  const { stage, screen } = parts
  const status = async (): Promise<boolean> => {
    tell(screen, 'you type /etcd status demo')
    return isWell((await stage.person.ask('status demo')).text)
  }
  need(await status(), 'a healthy status at the start')
  tell(screen, await kill(stage.cluster, await stage.cluster.leader()))
  need(!(await status()), 'a status that tells of the killed member')
  tell(screen, await heal(stage))
  need(await status(), 'a healthy status after healing')
}

const tell = (screen: Screen, text: string): void => screen.say(`\n» ${text}`)

/** The badge of an answer without any finding. */
const isWell = (text: string): boolean => text.startsWith('🟢')

const need = (isTrue: boolean, what: string): void => {
  if (!isTrue) throw new Error(`The story went wrong: missing is ${what}${busyText()}`)
}

/** Members that wait for a CPU stall for real, and the bot is right to say so. */
const busyText = (): string => {
  const [load = 0] = loadavg()
  const cores = availableParallelism()
  if (load <= cores) return ''
  return `. This machine is too busy to play on: load ${load.toFixed(1)} on ${cores} cores`
}

const rootsOf = ({ channel }: Stage): readonly Kept[] => channel.roots()

const threadsOf = ({ channel }: Stage): readonly Kept[] =>
  channel.roots().flatMap((root) => channel.repliesTo(root))

/** One of the messages says all of it. */
const saysAll = (messages: readonly Kept[], ...parts: readonly string[]): boolean =>
  messages
    .map((one) => linesOf(one).join('\n'))
    .some((text) => parts.every((p) => text.includes(p)))

const until = async (
  what: string,
  { endsAt, withinMs }: Parts & { readonly withinMs: number },
  isTrue: () => boolean,
): Promise<void> => {
  const deadline = Math.min(endsAt, Date.now() + withinMs)
  while (!isTrue() && Date.now() < deadline) await nap(100)
  need(isTrue(), what)
}
