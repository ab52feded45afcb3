import { listText } from '../../diagnosis/quantity'
import { fitted, markdown } from '../message/escape'

/** People and user groups as Slack's mrkdwn shows them; whatever is neither is text. */
export const personText = (id: string): string => {
  if (/^[UW][A-Z0-9]{1,30}$/.test(id)) return `<@${id}>`
  return /^S[A-Z0-9]{1,30}$/.test(id) ? `<!subteam^${id}>` : fitted(id, 80, markdown)
}

export const peopleText = (ids: readonly string[]): string => listText(ids.map(personText))
