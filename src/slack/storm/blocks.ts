import type { types } from '@slack/bolt'
import type { Table } from '../../diagnosis/answer'
import type { Evidence } from '../../diagnosis/facts'
import { shareText } from '../../diagnosis/quantity'
import type { Message } from '../message/blocks'
import { buttonsBlock } from './buttons'
import { isUser } from '../message/cell'
import { code, cut, fitted, markdown, plain } from '../message/escape'
import { LIMITS, SHARES } from '../message/limits'
import type { MemberLine, News } from './news'
import { commandBlock, context, filled, marked, section, sizeOf } from '../message/pieces'
import {
  causeText,
  countsText,
  doneTexts,
  lineOf,
  readingText,
  reasonText,
  runText,
  titleOf,
  verdictOf,
  type Sending,
} from './words'
import { tableBlock } from '../message/table'
import { pieceText } from '../message/wording'

/**
 * A post about a storm: its root message, which is edited in place, or a line of its thread. Within every limit of Slack
 * whatever the news holds.
 */
export const stormMessage = (news: News, sending: Sending): Message =>
  news.place === 'root' ? rootOf(news, sending) : entryOf(news, sending)

// --- root ---

const rootOf = (news: News, sending: Sending): Message => {
  const blocks: types.KnownBlock[] = [
    header(titleOf(news)),
    section(fitted(verdictOf(news), SHARES.headline, plain)),
    ...mentionBlocks(news),
    ...causeBlocks(news),
    ...actionBlocks(news, sending),
    ...doneBlocks(news),
    ...unseenBlocks(news),
    footBlock(news, sending),
  ]
  const buttons = buttonsBlock(news)
  const fits = sizeOf([...blocks, ...buttons]) <= LIMITS.blocksCharacters
  return {
    text: textOf(rootLines(news, sending)),
    blocks: [...blocks, ...(fits ? buttons : buttonsBlock({ ...news, causes: [] }))],
  }
}

const header = (text: string): types.HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text: filled(fitted(text, 150, plain)), emoji: false },
})

/** An all clear has nothing to do and nothing to show but itself. */
const isOver = ({ until }: News): boolean => until !== undefined

const mentionText = ({ mention }: News): string =>
  mention !== undefined && /^S[A-Z0-9]{1,30}$/.test(mention) ? `<!subteam^${mention}>` : ''

const mentionBlocks = (news: News): types.KnownBlock[] => {
  const text = mentionText(news)
  return text === '' ? [] : [marked(`On call: ${text}`)]
}

/** Evidence below the verdict. */
const causeBlocks = (news: News): types.KnownBlock[] => {
  if (isOver(news)) return []
  const texts = causeTexts(news).map((text) => fitted(text, 300, plain))
  return texts.length === 0 ? [] : [context(...texts.slice(0, 8))]
}

const causeTexts = (news: News): readonly string[] =>
  [causeText(news), ...news.evidence.slice(0, 6).map(placedText)]
    .filter((text) => text !== '')
    .map((text) => cut(text, 300))

/** `m2: fsync p99 1.2 s (limit 500 ms)`: whose it is, or that it is of the whole cluster. */
const placedText = (piece: Evidence): string =>
  `${cut(piece.member ?? 'cluster', SHARES.cell)}: ${pieceText(piece, piece.member)}`

const actionBlocks = (news: News, sending: Sending): types.KnownBlock[] => {
  if (isOver(news)) return []
  const say = section(`➡️ ${fitted(news.action.say, SHARES.say, plain)}`)
  const run = runText(news.action, { ...sending, cluster: news.cluster })
  return run === undefined ? [say] : [say, commandBlock(run)]
}

const doneBlocks = (news: News): types.KnownBlock[] => {
  const texts = doneTexts(news, MARKING)
  if (texts.length === 0) return []
  const elements = texts.map((text) => ({ type: 'mrkdwn' as const, text, verbatim: true }))
  return [{ type: 'context', elements }]
}

/** A Slack user is shown as one; a name of the terminal is text. */
const MARKING = {
  who: (by: string): string => (isUser(by) ? `<@${by}>` : fitted(by, 80, markdown)),
  typed: (text: string): string => fitted(text, SHARES.unseen, markdown),
}

const unseenBlocks = (news: News): types.KnownBlock[] =>
  isOver(news) || news.unseen.length === 0
    ? []
    : [context(fitted(`Not seen: ${news.unseen.slice(0, 3).join('; ')}`, 600, plain))]

const footBlock = (news: News, sending: Sending): types.KnownBlock =>
  context(
    ...[reasonText(news, sending), countsText(news)]
      .filter((text) => text !== '')
      .map((text) => fitted(text, 300, plain)),
  )

const rootLines = (news: News, sending: Sending): readonly string[] => [
  joined(fitted(titleOf(news), 200, markdown), mentionText(news)),
  fitted(verdictOf(news), SHARES.headline, markdown),
  ...(isOver(news) ? [] : openLines(news, sending)),
  ...doneTexts(news, MARKING),
  fitted(reasonText(news, sending), 200, markdown),
  fitted(countsText(news), 200, markdown),
]

const openLines = (news: News, sending: Sending): readonly string[] => {
  const run = runText(news.action, { ...sending, cluster: news.cluster })
  return [
    ...causeTexts(news).map((text) => fitted(text, 200, markdown)),
    fitted(`Next: ${news.action.say}`, SHARES.say, markdown),
    ...(run === undefined ? [] : [`\`${filled(fitted(run, 500, code))}\``]),
  ]
}

const joined = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join(' ')

const textOf = (lines: readonly string[]): string => {
  const shown = lines.filter((line) => line.trim() !== '')
  while (shown.join('\n').length > LIMITS.text) shown.splice(-2, 1)
  return filled(shown.join('\n'))
}

// --- thread ---

/** A change is a line; when it got worse or has another cause, with the evidence and the members. */
const entryOf = (news: News, sending: Sending): Message => {
  const tells = news.reason === 'worse' || news.reason === 'new cause'
  const blocks: types.KnownBlock[] = [
    section(fitted(lineOf(news), SHARES.headline, plain)),
    ...mentionBlocks(news),
    ...(tells ? causeBlocks(news) : []),
    ...(tells || news.reason === 'reminder' ? actionBlocks(news, sending) : []),
    ...doneBlocks(news),
    footBlock(news, sending),
  ]
  const room = Math.min(6000, LIMITS.blocksCharacters - sizeOf(blocks))
  const table = tells
    ? tableBlock(membersTable(news.members), { room, mentions: false })
    : undefined
  return {
    text: textOf(entryLines(news, sending)),
    blocks: [...blocks, ...(table === undefined ? [] : [table.block])],
  }
}

const entryLines = (news: News, sending: Sending): readonly string[] => [
  joined(fitted(lineOf(news), SHARES.headline, markdown), mentionText(news)),
  ...(news.reason === 'worse' || news.reason === 'new cause' ? openLines(news, sending) : []),
  ...doneTexts(news, MARKING),
  fitted(reasonText(news, sending), 200, markdown),
  fitted(countsText(news), 200, markdown),
]

const membersTable = (members: readonly MemberLine[]): Table => ({
  title: 'Members',
  columns: ['Member', 'Role', 'Sees a leader', 'Term', 'Status', 'Metrics', 'Quota used'].map(
    (title) => ({ title, align: 'left' }),
  ),
  rows: members.map((member) => [
    { text: member.name },
    { text: member.role },
    seesCell(member.seesLeader),
    { text: member.term === undefined ? '' : String(member.term) },
    readingCell(member.status),
    readingCell(member.page),
    { text: member.quotaShare === undefined ? '' : shareText(member.quotaShare) },
  ]),
})

const seesCell = (sees: boolean | undefined): Table['rows'][number][number] => {
  if (sees === undefined) return { text: '' }
  return sees ? { text: 'yes' } : { text: 'no', severity: 'critical' }
}

const readingCell = (reading: MemberLine['status']): Table['rows'][number][number] => ({
  text: readingText(reading),
  ...(reading.came ? {} : { severity: 'critical' as const }),
})
