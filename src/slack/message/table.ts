import type { types } from '@slack/bolt'
import type { Cell, Table } from '../../diagnosis/answer'
import { cellBlock, type CellStyle } from './cell'
import { LIMITS, SHARES } from './limits'
import { sizeOf } from './pieces'

type TableBlock = types.TableBlock
type Row = TableBlock['rows'][number]

/** The block, and how many of the answer's rows it shows: the first ones, which are the worst. */
export type Fitted = { readonly block: TableBlock; readonly shown: number }

/** What a table may take, characters of JSON, and whether it may mention people. */
export type TableStyle = { readonly room: number; readonly mentions: boolean }

/** As many rows as fit into the room and Slack's limits; undefined when not one does. */
export const tableBlock = (table: Table, { room, mentions }: TableStyle): Fitted | undefined => {
  const columns = table.columns.slice(0, LIMITS.tableColumns)
  const width = columns.length
  const style = { most: cellShare(table), mentions }
  const head = columns.map(({ title }) => cellBlock({ text: title }, style))
  const settings = columns.map(({ align }) => ({ align }))
  const block = (rows: Row[]): TableBlock => ({ type: 'table', rows, column_settings: settings })
  const rows = rowsWithin(
    table.rows.map((row) => rowOf(row, width, style)),
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
const rowOf = (cells: readonly Cell[], width: number, style: CellStyle): Row =>
  Array.from({ length: width }, (_, at) => cellBlock(cells[at], style))

/** Few columns leave room for whole sentences in one of them. */
export const cellShare = ({ columns }: Pick<Table, 'columns'>): number =>
  Math.max(SHARES.cell, Math.min(2 * SHARES.cell, Math.floor(SHARES.row / columns.length)))
