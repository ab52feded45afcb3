import type { types } from '@slack/bolt'
import type { Cell, Table } from '../diagnosis/answer'
import { cut, plain } from './escape'
import { LIMITS, SHARES } from './limits'
import { markOf } from './wording'

type TableBlock = types.TableBlock
type Row = TableBlock['rows'][number]

/** The block, and how many of the answer's rows it shows: the first ones, which are the worst. */
export type Fitted = { readonly block: TableBlock; readonly shown: number }

/** As many rows as fit into `room` (characters of JSON) and Slack's limits; undefined when not one does. */
export const tableBlock = (table: Table, room: number): Fitted | undefined => {
  const columns = table.columns.slice(0, LIMITS.tableColumns)
  const width = columns.length
  const head = columns.map(({ title }) => textCell(title))
  const settings = columns.map(({ align }) => ({ align }))
  const block = (rows: Row[]): TableBlock => ({ type: 'table', rows, column_settings: settings })
  const rows = rowsWithin(
    table.rows.map((row) => rowOf(row, width)),
    room - sizeOf(block([head])),
  )
  if (width === 0 || rows.length === 0) return undefined
  return { block: block([head, ...rows]), shown: rows.length }
}

const rowsWithin = (rows: readonly Row[], room: number): Row[] => {
  let left = room
  const most = LIMITS.tableRows - 1 // and the header
  const end = rows.slice(0, most).findIndex((row) => {
    left -= sizeOf(row) + 1 // the comma
    return left < 0
  })
  return rows.slice(0, end === -1 ? most : end)
}

/** As many cells as columns: Slack refuses anything else. */
const rowOf = (cells: readonly Cell[], width: number): Row =>
  Array.from({ length: width }, (_, at) => {
    const cell = cells[at]
    return textCell(cell === undefined ? '' : `${markOf(cell.severity)}${cell.text}`)
  })

const textCell = (text: string): { type: 'raw_text'; text: string } => {
  const shown = plain(cut(text, SHARES.cell))
  return { type: 'raw_text', text: shown.trim() === '' ? '–' : shown } // an empty cell is refused
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length
