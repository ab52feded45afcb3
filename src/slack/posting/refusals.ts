/** Channels that do not take our posts, and what to do, for /readyz. */
export const createRefusals = (now: () => number, onBarred: (why: string) => void) => {
  const refused = new Map<string, { readonly why: string; readonly at: number }>()
  let barred: string | undefined
  let hidden: string | undefined
  return {
    report: {
      refused: (channel: string, why: string): void => {
        if (refused.size < MOST || refused.has(channel)) refused.set(channel, { why, at: now() })
      },
      took: (channel: string): void => void refused.delete(channel),
      hidden: (why: string | undefined): void => {
        hidden = why
      },
      barred: (why: string | undefined): void => {
        if (why !== undefined && why !== barred) onBarred(why)
        barred = why
      },
    },
    barred: (): string | undefined => barred,
    troubles: (): readonly string[] => {
      for (const [channel, { at }] of refused)
        if (now() - at > REMEMBERED_MS) refused.delete(channel)
      return [
        ...(barred === undefined ? [] : [`Slack takes no post of ours: ${barred}`]),
        ...(hidden === undefined ? [] : [`Slack shows no history (${hidden}): ${HIDDEN_ADVICE}`]),
        ...[...refused].map(
          ([channel, { why }]) => `Slack refuses posts to ${channel} (${why}): ${adviceOf(why)}`,
        ),
      ]
    },
  }
}

const HIDDEN_ADVICE =
  'a post whose answer is lost is repeated only when it is severe; give the bot the history scopes of its manifest'
const MOST = 100
/** A channel that was repaired is not posted to until there is something to say. */
const REMEMBERED_MS = 6 * 3_600_000

const adviceOf = (why: string): string => {
  if (why === 'not_in_channel' || why === 'channel_not_found')
    return 'invite the bot there, or correct the channel'
  if (why === 'is_archived') return 'unarchive it, or name another channel'
  return 'let the bot post there, or name another channel'
}
