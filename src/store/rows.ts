import type { Look } from '../diagnosis/window/look'
import { createLayout } from './layout'
import type { Layout, Row } from './layout'
import { isRecord } from './stored'

/**
 * A look as rows of values: one of the look, one a member, one a link. Nothing here knows the fields of a look: what
 * diagnosis adds is kept too, and what an old look lacks is undefined.
 */
export type Rows = { readonly [kind in Kind]: Map<string, Row> }

export const KINDS = ['look', 'member', 'link'] as const
export type Kind = (typeof KINDS)[number]

/** `learn`: calm enough to learn from. */
export type Sample = Look & { readonly learn: boolean }

/** The fields are those of the code, not of what it watches: few, and the same for every cluster. */
export const LAYOUTS: { readonly [kind in Kind]: Layout } = {
  look: createLayout(),
  member: createLayout(),
  link: createLayout(),
}

/** Log lines of one look that are kept, the first ones. */
const MAX_LOGS = 200

export const emptyRows = (): Rows => ({ look: new Map(), member: new Map(), link: new Map() })

export const rowsOf = ({ members, logs, ...look }: Sample): Rows => {
  const rows = emptyRows()
  rows.look.set('', LAYOUTS.look.flat({ ...look, logs: logs?.slice(0, MAX_LOGS) }))
  for (const { gain, ...member } of members) {
    const { links, ...own } = gain ?? {}
    rows.member.set(member.endpoint, LAYOUTS.member.flat({ ...member, gain: gain && own }))
    for (const [peer, link] of links ?? [])
      rows.link.set(linkKey(member.endpoint, peer), LAYOUTS.link.flat(link))
  }
  return rows
}

/** Undefined: not a look. */
export const sampleOf = (rows: Rows): Sample | undefined => {
  const look = LAYOUTS.look.deep(rows.look.get('') ?? [])
  if (!Number.isSafeInteger(look['at'])) return undefined
  const links = linksOf(rows)
  const members = [...rows.member.values()].map((row) => memberOf(LAYOUTS.member.deep(row), links))
  if (!members.every(isMember)) return undefined
  return { learn: false, logs: undefined, ...look, members } as unknown as Sample
}

type Links = ReadonlyMap<string, ReadonlyMap<string, unknown>>

/** By endpoint and peer. */
const linksOf = (rows: Rows): Links => {
  const all = new Map<string, Map<string, unknown>>()
  for (const [key, row] of rows.link) {
    const [endpoint = '', peer = ''] = key.split(' ')
    const links = all.get(endpoint) ?? new Map<string, unknown>()
    all.set(endpoint, links.set(peer, LAYOUTS.link.deep(row)))
  }
  return all
}

const linkKey = (endpoint: string, peer: string): string => `${endpoint} ${peer}`

const memberOf = (member: Record<string, unknown>, links: Links): Record<string, unknown> => {
  const { endpoint, gain } = member
  if (typeof endpoint !== 'string' || !isRecord(gain)) return { ...member, gain: undefined }
  return { ...member, gain: { ...gain, links: links.get(endpoint) ?? new Map() } }
}

const isMember = ({ endpoint, status, page }: Record<string, unknown>): boolean =>
  typeof endpoint === 'string' && isRecord(status) && isRecord(page)
