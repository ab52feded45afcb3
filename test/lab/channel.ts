import { slackWorkspace, type Kept } from '../support/slack-workspace'
import type { Call } from '../support/fake-slack'
import { linesOf, type Said } from './channel-blocks'

/** What happens in the channel of the demo, as a person in Slack would notice it. */
export type Happening =
  | { readonly what: 'post'; readonly number: number; readonly message: Kept }
  /** In the thread below message `number`. */
  | { readonly what: 'reply'; readonly number: number; readonly message: Kept }
  | {
      readonly what: 'edit'
      readonly number: number
      readonly message: Kept
      readonly before: readonly string[]
    }
  /** An answer by a response_url: of the asker alone, or for all. */
  | {
      readonly what: 'answer'
      readonly id: string
      readonly said: Said
      readonly isShared: boolean
    }
  | { readonly what: 'window' }

export type Channel = {
  /** For slack.apiUrl. */
  readonly apiUrl: string
  readonly responseUrl: (id: string) => string
  /** Those that stand now, without threads, oldest first. */
  readonly roots: () => readonly Kept[]
  readonly repliesTo: (message: Kept) => readonly Kept[]
  /** Calls this at each happening, until the end. */
  readonly follow: (see: (happening: Happening) => void) => void
  readonly close: () => Promise<void>
}

export const CHANNEL = { id: 'C0DEMO', name: '#etcd-demo' } as const

/** A Slack of one channel on this machine. */
export const openChannel = async (): Promise<Channel> => {
  const watchers: ((happening: Happening) => void)[] = []
  const slack = await slackWorkspace({
    spoil: (call) => {
      const before = edited(call)
      // After the workspace has done what the call asks.
      queueMicrotask(() => tell(happeningOf(call, before)))
      return undefined
    },
  })
  const tell = (happening: Happening | undefined): void => {
    if (happening !== undefined) for (const see of watchers) see(happening)
  }
  const roots = (): readonly Kept[] => slack.shown().filter(({ thread }) => thread === undefined)
  const numberOf = (ts: string | undefined): number =>
    roots().findIndex((message) => message.ts === ts) + 1
  const edited = ({ name, body }: Call): readonly string[] => {
    if (name !== 'chat.update') return []
    const message = slack.messages.find(({ ts }) => ts === body['ts'])
    return message === undefined ? [] : linesOf(message)
  }
  const happeningOf = (call: Call, before: readonly string[]): Happening | undefined => {
    if (call.name.startsWith('response/')) return answerOf(call)
    if (call.name === 'views.open') return { what: 'window' }
    if (call.name === 'chat.postMessage') return postedOf(slack.messages.at(-1), numberOf)
    if (call.name !== 'chat.update') return undefined
    const message = slack.messages.find(({ ts }) => ts === call.body['ts'])
    if (message === undefined) return undefined
    return { what: 'edit', number: numberOf(message.thread ?? message.ts), message, before }
  }
  return {
    apiUrl: slack.apiUrl,
    responseUrl: slack.responseUrl,
    roots,
    repliesTo: ({ ts }) => slack.shown().filter(({ thread }) => thread === ts),
    follow: (see) => void watchers.push(see),
    close: slack.close,
  }
}

const postedOf = (
  message: Kept | undefined,
  numberOf: (ts: string | undefined) => number,
): Happening | undefined => {
  if (message === undefined) return undefined
  const { thread, ts } = message
  return { what: thread === undefined ? 'post' : 'reply', number: numberOf(thread ?? ts), message }
}

const answerOf = ({ name, body }: Call): Happening | undefined => {
  if (typeof body['text'] !== 'string') return undefined
  return {
    what: 'answer',
    id: name.slice('response/'.length),
    said: { text: body['text'], blocks: body['blocks'] },
    isShared: body['response_type'] === 'in_channel',
  }
}
