import { laneOf } from '../../config'
import type { Config } from '../../config'
import { listText, timeText } from '../../diagnosis/quantity'
import { dayText } from '../../diagnosis/zone'
import type { Done, HandoffDeeds } from '../../slack/storm/acting'
import type { Store } from '../../store/store'
import { accept } from './accept'
import { addNote } from './note'
import { createSchedule } from './schedule'
import { handoffStateIn } from './state'

export type HandoffDeedDeps = {
  readonly store: Pick<Store, 'storms' | 'notes'>
  readonly config: () => Pick<Config, 'handoffs'>
  /** Something of a lane is due in the outbox. */
  readonly wake: (lane: string) => void
  readonly done: (what: 'accepted' | 'note') => void
}

/** What people do about shifts, and what they are told. */
export const createHandoffDeeds = ({
  store,
  config,
  wake,
  done,
}: HandoffDeedDeps): HandoffDeeds => ({
  receivers: async ({ handoff, change }) => {
    const state = handoffStateIn((await store.storms.read(laneOf(handoff))).state)
    return state?.report?.change === change ? state.report.news.to : undefined
  },
  accept: async ({ handoff, change, who, at }) => {
    const taken = await accept(store.storms, { handoff, change, by: who, at })
    wake(laneOf(handoff))
    switch (taken.outcome) {
      case 'accepted':
        done('accepted')
        return { ok: true, say: `You accepted the handoff ${handoff}. The report says so.` }
      case 'already':
        return { ok: true, say: alreadyText(handoff, taken, who) }
      case 'over':
        return no(`This handoff of ${handoff} is over: another report came after it.`)
      case 'contended':
        return no(`The handoff ${handoff} changes too fast just now. Press it again.`)
    }
  },
  note: async ({ cluster, who, text, at, pressed }) => {
    const { isKept, isInThread } = await addNote(store, { cluster, by: who, text, at, pressed })
    done('note')
    if (isInThread && pressed !== undefined) wake(laneOf(pressed.handoff))
    const where = isInThread
      ? 'It stands in the thread of the report, and in the next one.'
      : whereNext(config(), cluster, at)
    const later = isKept ? '' : ' Redis is away: it is written when that is over.'
    return { ok: true, say: `Noted for the handoff of ${cluster}. ${where}${later}` }
  },
})

const no = (say: string): Done => ({ ok: false, say })

const alreadyText = (
  handoff: string,
  { by, at }: { readonly by: string; readonly at: number },
  who: string,
): string =>
  by === who
    ? `You accepted the handoff ${handoff} already, at ${timeText(at)}.`
    : `The handoff ${handoff} was accepted already, at ${timeText(at)}: the report says by whom.`

const whereNext = ({ handoffs }: Pick<Config, 'handoffs'>, cluster: string, at: number): string => {
  const next = handoffs.filter(({ clusters }) => clusters.includes(cluster))
  if (next.length === 0)
    return `No handoff of ${cluster} is scheduled: whoever asks for one finds it there.`
  const times = next.map(({ name, cron, timezone }) => {
    const change = createSchedule(cron, timezone).next(at)
    return change === undefined ? name : `${name}, ${dayText(change, timezone)}`
  })
  return `It stands in the next report: ${listText(times)}.`
}
