import type { WebClient } from '@slack/web-api'
import { reasonOf, type Log } from './log'

/** Who the bot is in Slack. */
export type Bot = {
  readonly userId: string | undefined
  readonly botId: string | undefined
  readonly team: string | undefined
}

export type IdentityDeps = {
  readonly client: Pick<WebClient, 'auth'>
  readonly log: Log
  readonly redact: (text: string) => string
  /** Between two checks while Slack answers; after a failure it starts at `retryMs` and doubles up to this. */
  readonly checkEveryMs: number
  readonly retryMs: number
}

/**
 * Learns who the bot is by auth.test, and whether Slack answers: at once, then for as long as it runs. Slack may be down
 * at the start or later; nothing waits for it.
 */
export const createIdentity = (deps: IdentityDeps) => {
  let bot: Bot | undefined
  let trouble: string | undefined = 'Slack has not answered yet'
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let stopped = false

  const check = async (): Promise<void> => {
    try {
      bot = botOf(await deps.client.auth.test())
      if (trouble !== undefined) deps.log.info({ team: bot.team, bot: bot.userId }, 'Slack answers')
      trouble = undefined
      failures = 0
    } catch (error) {
      failures += 1
      const why = deps.redact(reasonOf(error))
      if (failures === 1) deps.log.warn({ why }, 'Slack does not answer auth.test')
      trouble = `Slack's Web API does not answer: ${why}`
    }
    if (!stopped) timer = setTimeout(() => void check(), waitMs()) // check never rejects
  }
  const waitMs = (): number =>
    failures === 0
      ? deps.checkEveryMs
      : Math.min(deps.checkEveryMs, deps.retryMs * 2 ** (failures - 1))

  return {
    start: (): void => void check(), // check never rejects
    stop: (): void => {
      stopped = true
      clearTimeout(timer)
    },
    /** Undefined until Slack has answered once; kept when it goes away. */
    bot: (): Bot | undefined => bot,
    /** Why Slack's Web API does not answer now; undefined when it does. */
    trouble: (): string | undefined => trouble,
  }
}

export type Identity = ReturnType<typeof createIdentity>

type AuthTest = Awaited<ReturnType<WebClient['auth']['test']>>

const botOf = ({ user_id, bot_id, team_id }: AuthTest): Bot => ({
  userId: user_id,
  botId: bot_id,
  team: team_id,
})
