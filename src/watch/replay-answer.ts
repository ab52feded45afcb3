import type { Answer, Table } from '../diagnosis/answer'
import { countText, timeText } from '../diagnosis/quantity'
import type { Replay, Replayed } from './replay'

/** The answer of `replay FILE`. A damaged trace is `unknown`: what came before the damage is told all the same. */
export const replayAnswer = ({ replay, verdict }: Replayed, file: string): Answer => ({
  at: verdict?.at ?? 0,
  state: undefined,
  severity: replay.damage === undefined && verdict !== undefined ? 'ok' : 'unknown',
  headline: `${file}: ${verdict === undefined ? 'no look in it' : verdict.headline}.`,
  facts: [
    `${countText(replay.looks, 'look')}; ${countText(replay.elections, 'unplanned election')}, ${replay.planned} planned; cause: ${replay.cause}.`,
    ...(replay.damage === undefined
      ? []
      : [`The trace is damaged at ${replay.damage}; what stands before it was replayed.`]),
  ],
  tables: [postTable(replay), stateTable(replay)].filter((table) => table.rows.length > 0),
  findings: [],
  unseen: verdict?.unseen ?? [],
  action: verdict?.action,
  json: replay,
})

const postTable = ({ posts }: Replay): Table => ({
  title: 'Would have posted',
  columns: ['Posted at', 'Reason', 'State', 'Cause', 'Summary'].map((title) => ({
    title,
    align: 'left',
  })),
  rows: posts.map(({ at, reason, state, cause, summary }) =>
    [timeText(at), reason, state, cause, summary].map((text) => ({ text })),
  ),
})

const stateTable = ({ states }: Replay): Table => ({
  title: 'States',
  columns: ['Since', 'State'].map((title) => ({ title, align: 'left' })),
  rows: states.map(({ at, state }) => [{ text: timeText(at) }, { text: state }]),
})
