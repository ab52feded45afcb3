/** Slack's limits on a message, in UTF-16 units. Where an older and a newer figure exist, the smaller one. */
export const LIMITS = {
  /** Top-level text: from 4 041 on Slack splits a message into pieces (measured by others). */
  text: 4000,
  tableRows: 100,
  tableColumns: 20,
  /** Charts of a message, and of one chart its series, points, and characters. */
  charts: 2,
  chartSeries: 6,
  chartPoints: 20,
  chartTitle: 50,
  chartAxis: 50,
  /** Of a category, of a point and of a series' name. */
  chartLabel: 20,
  /**
   * Over all blocks, counted as JSON to be safe: undocumented, refused as msg_blocks_too_long near 13 200. With what JSON
   * adds to each cell, the cells of a table stay under their own limit of 10 000.
   */
  blocksCharacters: 13_000,
} as const

/**
 * How much one part of an answer may take, in characters, so that what is long never pushes out what matters. Their sum,
 * doubled where JSON may escape each character, leaves some 1 400 characters for the table in the worst case and 9 000 in
 * the usual one.
 */
export const SHARES = {
  headline: 900,
  fact: 300,
  finding: 400,
  evidence: 140,
  /** Pieces of evidence of one finding. */
  evidences: 4,
  unseen: 200,
  say: 500,
  run: 1000,
  /** A member's name may have 300 characters, and a table of those shows nothing else. */
  cell: 48,
  /** All cells of a row together, where few columns leave room for longer ones. */
  row: 576,
  /** A row of a table in words, with what escapes and links add. */
  line: 500,
  /** A chart's series in words. */
  series: 500,
} as const

/** What each list, and all charts, may take as JSON. */
export const ROOMS = { facts: 2000, findings: 3000, unseen: 1000, charts: 4500 } as const
