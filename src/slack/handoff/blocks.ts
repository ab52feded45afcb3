import type { types } from '@slack/bolt'
import { durationText, timeText } from '../../diagnosis/quantity'
import { blocksOf, type Message } from '../message/blocks'
import { fitted, markdown, plain } from '../message/escape'
import { handoffButtons } from './buttons'
import type { HandoffNews } from './news'
import { LIMITS } from '../message/limits'
import { lineText } from '../message/line'
import { personText, peopleText } from '../asking/people'
import { context, filled, inSections, marked } from '../message/pieces'
import type { Sending } from '../storm/words'

/** A post of a handoff: the draft, the report, or what stands in its thread. */
export const handoffMessage = (news: HandoffNews, sending: Sending): Message => {
  switch (news.place) {
    case 'draft':
    case 'report':
      return paper(news, sending)
    case 'details':
      return detailsMessage(news, sending)
    case 'reminder':
    case 'note':
      return spoken(entryText(news))
  }
}

/** The draft or the report: who, then the lines, then what to do. */
const paper = (news: HandoffNews, sending: Sending): Message => {
  const who = news.place === 'draft' ? draftText(news) : reportText(news)
  const lines = news.lines.map((line) => lineText(line, { ...sending, most: LINE_CHARACTERS }))
  const remarks = remarksOf(news, sending)
  const accepted = acceptedText(news)
  const blocks: types.KnownBlock[] = [
    {
      type: 'header',
      text: { type: 'plain_text', text: fitted(titleOf(news), 150, plain), emoji: false },
    },
    marked(who),
    ...(remarks.length === 0 ? [] : [context(...remarks.map((one) => fitted(one, 300, plain)))]),
    ...inSections(lines).map(marked),
    ...(accepted === '' ? [] : [markedContext(accepted)]),
    ...handoffButtons(news),
  ]
  const said = [
    fitted(titleOf(news), 200, markdown),
    who,
    ...remarks.map((one) => fitted(one, 300, markdown)),
    ...lines,
    accepted,
  ].filter((line) => line !== '')
  return { text: filled(withinText(said)), blocks }
}

/** A line is read aloud: longer ones are cut. */
const LINE_CHARACTERS = 600

const titleOf = ({ place, handoff, changeText }: HandoffNews): string =>
  place === 'draft'
    ? `Draft of the handoff ${handoff} · ${changeText}`
    : `Handoff ${handoff} · ${changeText}`

const draftText = ({ from, to }: HandoffNews): string => {
  const giver = from.length === 0 ? 'The shift' : peopleText(from)
  const taker = to.length === 0 ? 'nobody that the rota names' : peopleText(to)
  const what = from.length === 0 ? 'goes to' : 'will hand over to'
  return `${giver} ${what} ${taker}. Add what only you know: the report takes it along.`
}

const reportText = ({ from, to, accepted }: HandoffNews): string => {
  if (to.length === 0) return 'The rota names nobody who takes over.'
  const same = from.length > 0 && from.join() === to.join()
  const giver = from.length === 0 || same ? '' : ` ${peopleText(from)} hands over.`
  const ask = accepted === undefined ? ' Please accept.' : ''
  return `${peopleText(to)}: ${same ? 'you stay on call.' : 'the shift is yours.'}${giver}${ask}`
}

const remarksOf = ({ remarks }: HandoffNews, { lateMs, mayRepeat }: Sending): readonly string[] => [
  ...remarks,
  ...(lateMs >= LATE_MS ? [`Delayed by ${durationText(lateMs)}: Slack did not take it.`] : []),
  ...(mayRepeat ? ['Possible repeat: an earlier try may have arrived.'] : []),
]

/** From here on a delay is told. */
const LATE_MS = 120_000

const acceptedText = ({ accepted }: HandoffNews): string =>
  accepted === undefined
    ? ''
    : `✅ Accepted by ${personText(accepted.by)} at ${timeText(accepted.at)}`

const markedContext = (text: string): types.ContextBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text, verbatim: true }],
})

/** Whole lines only: half a mention is none. The first ones matter most. */
const withinText = (lines: readonly string[]): string => {
  const shown = [...lines]
  while (shown.join('\n').length > LIMITS.text) shown.pop()
  return shown.join('\n')
}

const detailsMessage = ({ answer }: HandoffNews, { command }: Sending): Message =>
  answer === undefined
    ? spoken('There are no details.')
    : blocksOf(answer, { tookMs: 0, audience: 'thread', command, isPart: true })

const entryText = (news: HandoffNews): string => {
  const { place, to, note, waitedMs = 0 } = news
  if (place === 'note' && note !== undefined)
    return `Note by ${personText(note.by)} on ${fitted(note.cluster, 80, markdown)}: ${fitted(note.text, 2200, markdown)}`
  const whom = to.length === 0 ? '' : `${peopleText(to)}: `
  return `${whom}nobody has accepted this handoff for ${durationText(waitedMs)}. Whoever has the shift: press Accept above.`
}

const spoken = (text: string): Message => ({ text, blocks: [marked(text)] })
