import type { Evidence } from '../diagnosis/facts'
import type { Look, MemberLook } from '../diagnosis/window/look'
import type { Quiet } from '../diagnosis/storm/speech'
import type { Hypothesis, Verdict } from '../diagnosis/verdict'
import type { Announcement, Button, CauseLine, Held, MemberLine, ReadingLine } from './announcement'
import type { Told } from './state'

/** What goes into an announcement, beside what the storm itself tells. */
export type Telling = {
  readonly cluster: string
  readonly title: string
  readonly told: Told
  readonly verdict: Verdict
  readonly look: Look
  readonly place: Announcement['place']
  readonly reason: Announcement['reason']
  readonly broadcast: boolean
  readonly mention: string | undefined
  /** The storm is over: when the last trouble was, Unix ms. */
  readonly until: number | undefined
  /** What could not be seen by the watcher itself. */
  readonly gaps: readonly string[]
  readonly quiet: Quiet | undefined
  readonly after: Quiet | undefined
}

/** Plain and bounded: every text and list is cut, so that no cluster makes a payload that the store refuses. */
export const announcementOf = (telling: Telling): Announcement => {
  const { told, verdict, look, until } = telling
  return {
    v: 1,
    kind: told.kind,
    place: telling.place,
    reason: telling.reason,
    broadcast: telling.broadcast,
    ...(telling.mention !== undefined && { mention: telling.mention }),
    cluster: telling.cluster,
    title: cut(telling.title, 80),
    stormId: told.id,
    state: until === undefined ? verdict.state : 'all-clear',
    severity: until === undefined ? verdict.severity : 'ok',
    headline: cut(verdict.headline, 400),
    cause: told.cause,
    ...(told.member !== undefined && { member: cut(told.member, 100) }),
    ...(told.link !== undefined && { link: told.link }),
    causes: causesOf(verdict),
    evidence: evidenceOf(verdict),
    action: {
      say: cut(verdict.action.say, 500),
      ...(verdict.action.run !== undefined && { run: cut(verdict.action.run, 500) }),
      ...(verdict.action.ask !== undefined && { ask: cut(verdict.action.ask, 200) }),
    },
    elections: told.elections,
    planned: told.planned,
    since: told.since,
    at: look.at,
    ...(until !== undefined && { until }),
    unseen: [...telling.gaps, ...verdict.unseen].slice(0, 6).map((text) => cut(text, 300)),
    ...(told.acknowledged !== undefined && { acknowledged: told.acknowledged }),
    ...silencedBy(telling.quiet),
    ...heldBy(telling.after, look.at),
    buttons: buttonsOf(telling),
    members: look.members.toSorted(byTrouble).slice(0, 9).map(memberLine),
  }
}

export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`

const causesOf = (verdict: Verdict): readonly CauseLine[] =>
  verdict.causes
    .filter(({ standing }) => standing === 'likely' || standing === 'possible')
    .slice(0, 4)
    .map((one) => ({
      cause: one.cause,
      standing: one.standing,
      ...placed(placeOf(one, verdict)),
      summary: cut(one.summary, 300),
    }))

const placed = (where: string | undefined) =>
  where === undefined ? {} : { where: cut(where, 200) }

type Place = Pick<Hypothesis, 'member' | 'link'>

const placeOf = ({ member, link }: Place, { names }: Verdict): string | undefined => {
  const nameOf = (endpoint: string): string => names.get(endpoint) ?? endpoint
  if (link !== undefined) return link.map(nameOf).join(' – ')
  return member === undefined ? undefined : nameOf(member)
}

/** Of the named cause, else of the first that is possible. */
const evidenceOf = ({ cause, causes }: Verdict): readonly Evidence[] => {
  const named = causes.find((one) => one.cause === cause)
  const open = named ?? causes.find(({ standing }) => standing === 'possible')
  return (open?.supports ?? []).slice(0, 6).map((piece) => ({
    ...piece,
    name: cut(piece.name, 120),
    value: typeof piece.value === 'string' ? cut(piece.value, 200) : piece.value,
    unit: cut(piece.unit, 80),
  }))
}

const silencedBy = (quiet: Quiet | undefined): Partial<Announcement> =>
  quiet?.what !== 'silence'
    ? {}
    : {
        silenced: {
          by: quiet.by ?? '',
          until: quiet.until,
          ...(quiet.reason !== undefined && { reason: cut(quiet.reason, 300) }),
        },
      }

const heldBy = (after: Quiet | undefined, at: number): { readonly held?: Held } =>
  after === undefined || after.what === 'no channel'
    ? {}
    : {
        held: {
          what: after.what,
          from: after.from,
          until: Math.min(after.until, at),
          ...(after.reason !== undefined && { reason: cut(after.reason, 300) }),
        },
      }

const buttonsOf = ({ told, until, quiet }: Telling): readonly Button[] => {
  if (until !== undefined) return ['details']
  const silence: Button = quiet?.what === 'silence' ? 'unsilence' : 'silence'
  const open: readonly Button[] = [silence, 'diagnose', 'details']
  return told.acknowledged === undefined ? ['acknowledge', ...open] : open
}

const byTrouble = (a: MemberLook, b: MemberLook): number => troubleOf(b) - troubleOf(a)

const troubleOf = ({ status, page, seesLeader }: MemberLook): number =>
  Number(!status.came) + Number(!page.came) + Number(seesLeader === false)

const memberLine = (member: MemberLook): MemberLine => ({
  name: cut(member.name, 100),
  endpoint: cut(member.endpoint, 200),
  role: roleOf(member),
  ...(member.seesLeader !== undefined && { seesLeader: member.seesLeader }),
  ...(member.term !== undefined && { term: member.term }),
  status: readingLine(member.status),
  page: readingLine(member.page),
  ...(member.quotaShare !== undefined && { quotaShare: member.quotaShare }),
})

const roleOf = ({ isLearner, isLeader, seesLeader }: MemberLook): MemberLine['role'] => {
  if (isLearner) return 'learner'
  if (isLeader === true) return 'leader'
  return seesLeader === undefined ? 'unseen' : 'follower'
}

const readingLine = (answer: MemberLook['status']): ReadingLine => ({
  came: answer.came,
  tookMs: Math.round(answer.tookMs * 10) / 10,
  ...(!answer.came && { why: answer.why }),
})
