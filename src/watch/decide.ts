import { speechOf } from '../diagnosis/storm/speech'
import type { Quiet, Speech } from '../diagnosis/storm/speech'
import { countText, durationText, listText } from '../diagnosis/quantity'
import type { Story } from '../diagnosis/storm/story'
import type { Limits } from '../diagnosis/limits'
import type { Look } from '../diagnosis/window/look'
import type { Storm } from '../diagnosis/storm/storm'
import type { Verdict } from '../diagnosis/verdict'
import { alertKey } from '../store/outbox'
import type { Decision } from '../store/storms'
import type { Announcement, SpokenReason } from './announcement'
import { incidentId, pastWith, termIn } from './incident'
import type { Judged } from './round'
import type { Told, WatchState } from './state'
import { announcementOf } from './telling'
import { placeOf, storyOf, toldAfter } from './told'

/** Where and how a cluster is told of. */
export type Scene = {
  readonly cluster: string
  readonly title: string
  /** Undefined: there is nowhere to post. */
  readonly channel: string | undefined
  readonly fallbackChannel: string | undefined
  /** A user group, mentioned once in a storm. */
  readonly oncall: string | undefined
  readonly limits: Limits
  readonly window: readonly Look[]
  /** What could not be read beside the members, a sentence each. */
  readonly unseen: readonly string[]
  /** What keeps the channel quiet now. */
  readonly quiet: Quiet | undefined
  readonly offsetMs: number
  readonly everyMs: number
}

export type Decided = {
  readonly state: WatchState
  readonly spoken: SpokenReason | undefined
  readonly posts: NonNullable<Decision['posts']>
  readonly edits: NonNullable<Decision['edits']>
  readonly storm: Decision['storm']
}

/** What one look changes and says, as data: all of it is stored in one change, or none. */
export const decide = (before: WatchState | undefined, judged: Judged, scene: Scene): Decided => {
  const { storm } = judged.watch
  const at = scene.window.at(-1)?.at ?? storm.since
  const speech = speechOf({
    at,
    storm,
    reason: judged.post?.reason,
    notice: judged.watch.notice,
    before: before?.watch.notice,
    quiet: scene.quiet ?? (scene.channel === undefined ? NO_CHANNEL(at) : undefined),
    held: before?.held,
    remindedAt: before?.told?.remindedAt,
    limits: scene.limits,
  })
  const told = toldNow(before, judged, { scene, speech, at })
  const said = sayings({ before, judged, speech, scene, told, at })
  const isOver = told !== undefined && hasEnded(storm, told)
  const kept = said.told
  return {
    spoken: speech.reason,
    posts: said.posts,
    edits: said.edits,
    storm: said.record ?? electionsRecord(before, judged, scene),
    state: {
      v: 1,
      lookedAt: at,
      watch: { ...judged.watch, notice: speech.notice },
      ...(kept !== undefined && !isOver && { told: kept }),
      ...(speech.held !== undefined && !isOver && { held: speech.held }),
      ...calmTermOf(before, storm, scene.window),
      past: isOver ? pastWith(before?.past ?? [], told.id) : (before?.past ?? []),
      standing: standingOf(judged, scene, at),
      noticed: before?.noticed ?? {},
    },
  }
}

const calmTermOf = (
  before: WatchState | undefined,
  { elections, leaderlessLooks }: Storm,
  window: readonly Look[],
): Pick<WatchState, 'calmTerm'> => {
  const look = window.at(-1)
  const term = look === undefined ? -1 : termIn(look)
  const isCalm = elections.length === 0 && leaderlessLooks === 0
  const calmTerm = isCalm && term >= 0 ? term : before?.calmTerm
  return calmTerm === undefined ? {} : { calmTerm }
}

const NO_CHANNEL = (at: number): Quiet => ({
  what: 'no channel',
  from: at,
  until: Number.MAX_SAFE_INTEGER,
})

type Now = { readonly scene: Scene; readonly speech: Speech; readonly at: number }

/** What is open after this look. It is opened with the storm itself, whether it may be told or not. */
const toldNow = (
  before: WatchState | undefined,
  judged: Judged,
  { scene, at }: Now,
): Told | undefined => {
  const { storm } = judged.watch
  const open = before?.told
  if (open === undefined && !isWorthTelling(storm, scene.limits)) return undefined
  const id =
    open?.id ??
    incidentId({ ...scene, storm, calmTerm: before?.calmTerm, past: before?.past ?? [] })
  return toldAfter(open, { id, at, judged, before: before?.watch.storm, limits: scene.limits })
}

const isWorthTelling = (storm: Storm, limits: Limits): boolean =>
  storm.openedAt !== undefined ||
  (storm.state === 'unknown' && storm.unreadableLooks >= limits.unknownPostLooks)

const hasEnded = (storm: Storm, { kind }: Told): boolean =>
  storm.openedAt === undefined && (kind === 'storm' || storm.state !== 'unknown')

type Saying = {
  readonly before: WatchState | undefined
  readonly judged: Judged
  readonly speech: Speech
  readonly scene: Scene
  readonly told: Told | undefined
  readonly at: number
}

type Said = Pick<Decided, 'posts' | 'edits'> & {
  readonly told: Told | undefined
  readonly record: Decision['storm']
}

const sayings = (saying: Saying): Said => {
  const { told } = saying
  if (told === undefined) return { posts: [], edits: [], told, record: undefined }
  const { posts, told: spoken } = postOf(saying, told)
  return editOf(saying, spoken, posts)
}

type Posting = Pick<Said, 'posts'> & { readonly told: Told }

/** The root of a storm, or an entry of its thread. */
const postOf = (saying: Saying, told: Told): Posting => {
  const { speech, scene, judged } = saying
  const { reason } = speech
  const channel = told.channel ?? scene.channel
  if (reason === undefined) return { posts: [], told }
  const spoken: Told = {
    ...told,
    reason,
    ...(reason === 'reminder' && { remindedAt: saying.at }),
  }
  if (speech.isQuiet || channel === undefined) return { posts: [], told: spoken }
  const isRoot = told.channel === undefined
  if (isRoot && reason === 'all clear') return { posts: [], told: spoken }
  const isMentioned = judged.watch.storm.state === 'warning' && !told.isMentioned
  const count = (told.entries[reason] ?? 0) + 1
  const next: Told = {
    ...spoken,
    channel,
    isMentioned: told.isMentioned || (isMentioned && scene.oncall !== undefined),
    entries: isRoot ? told.entries : { ...told.entries, [reason]: count },
  }
  const payload = announce(saying, next, {
    place: isRoot ? 'root' : 'thread',
    broadcast: !isRoot && reason === 'worse',
    mention: isMentioned ? scene.oncall : undefined,
  })
  const entry = { channel, ...fallbackOf(scene.fallbackChannel, channel), payload: jsonOf(payload) }
  const root = rootKey(scene.cluster, told.id)
  const key = isRoot ? root : entryKey(scene.cluster, told.id, entryKind(reason, count, judged))
  return { posts: [{ ...entry, key, ...(isRoot ? {} : { parent: root }) }], told: next }
}

export const rootKey = (cluster: string, id: string): string => alertKey(cluster, 'storm', id)

export const entryKey = (cluster: string, id: string, kind: string): string =>
  alertKey(cluster, kind, id)

/** Told by what it says, so that replicas that cannot talk to each other say it once. */
const entryKind = (reason: SpokenReason, count: number, { watch }: Judged): string => {
  if (reason === 'worse') return `worse ${count} ${watch.storm.state}`
  return reason === 'new cause' ? `new cause ${count} ${watch.cause}` : `${reason} ${count}`
}

export const fallbackOf = (fallback: string | undefined, channel: string) =>
  fallback === undefined || fallback === channel ? {} : { fallback }

/**
 * The root message follows what changed, and so does the record of the storm. Elections alone are shown now and then: the
 * rest changes seldom, and is shown at once.
 */
const editOf = (saying: Saying, told: Told, posts: Said['posts']): Said => {
  const { scene, at, speech } = saying
  const shown = shownOf(saying, told)
  const isCountDue =
    told.elections !== told.shownElections && at - told.shownAt >= scene.limits.countEditMs
  if (shown === told.shown && !isCountDue) return { posts, edits: [], told, record: undefined }
  const wasPosted = saying.before?.told?.channel !== undefined
  const payload = announce(saying, told, { place: 'root', broadcast: false, mention: undefined })
  const quiet = scene.quiet ?? speech.held
  return {
    posts,
    edits: wasPosted ? [{ of: rootKey(scene.cluster, told.id), payload: jsonOf(payload) }] : [],
    told: { ...told, shown, shownElections: told.elections, shownAt: at, root: payload },
    record: recordOf(storyOf(told, { cluster: scene.cluster, quiet, ...endOf(saying) })),
  }
}

/** As it is stored. */
export const recordOf = (story: Story): NonNullable<Decision['storm']> => ({
  id: story.id,
  since: story.since,
  record: story,
})

/** All that a reader would miss at once; elections are counted apart. */
const shownOf = ({ judged, scene, ...saying }: Saying, told: Told): string =>
  JSON.stringify([
    judged.watch.storm.state,
    told.cause,
    told.member,
    told.link,
    told.acknowledged?.at,
    told.channel,
    scene.quiet?.until,
    endOf({ judged, scene, ...saying }).until,
    told.reason,
  ])

const endOf = ({ judged, before, told, at }: Saying): { readonly until?: number } => {
  const { storm } = judged.watch
  if (told === undefined || !hasEnded(storm, told)) return {}
  return { until: before?.watch.storm.troubledAt ?? at }
}

type Form = Pick<Announcement, 'place' | 'broadcast'> & { readonly mention: string | undefined }

const announce = (saying: Saying, told: Told, form: Form): Announcement =>
  announcementOf({
    ...form,
    cluster: saying.scene.cluster,
    title: saying.scene.title,
    told,
    verdict: saying.judged.verdict(),
    look: saying.scene.window.at(-1) ?? NO_LOOK,
    reason: told.reason,
    until: endOf(saying).until,
    gaps: gapsOf(saying),
    quiet: saying.scene.quiet,
    after: saying.speech.after,
  })

type Payload = NonNullable<Decision['posts']>[number]['payload']

type LastWord = {
  readonly key: string
  readonly root: string
  readonly channel: string
  readonly fallback: string | undefined
}

/** Said in the thread, and in place of what the root message says. */
export const lastWord = (
  news: Announcement,
  { key, root, channel, fallback }: LastWord,
): Required<Pick<Decision, 'posts' | 'edits'>> => ({
  posts: [
    {
      key,
      channel,
      ...fallbackOf(fallback, channel),
      parent: root,
      payload: jsonOf({ ...news, place: 'thread' }),
    },
  ],
  edits: [{ of: root, payload: jsonOf(news) }],
})

/** Fields that are undefined are left out. */
export const jsonOf = (announcement: Announcement): Payload =>
  JSON.parse(JSON.stringify(announcement)) as Payload

const NO_LOOK: Look = { at: 0, members: [], voters: 0, logs: undefined }

/** What the watcher itself did not look at, or could not read: since the look before, or while the storm was open. */
const gapsOf = ({ before, judged, scene, at }: Saying): readonly string[] => {
  const { unseen } = judged.watch.storm
  const awayMs = before === undefined ? 0 : at - before.lookedAt
  if (awayMs > 2.5 * scene.everyMs)
    return [
      ...scene.unseen,
      `Nothing was seen for ${Math.round(awayMs / 1000)} s before this look: Stormwatch was away`,
    ]
  if (unseen === undefined) return scene.unseen
  const forMs = unseen.until - unseen.from
  return [...scene.unseen, `Nothing was seen for ${durationText(forMs)} of this storm`]
}

const standingOf = (judged: Judged, scene: Scene, at: number): WatchState['standing'] => {
  const { state, since } = judged.watch.storm
  const { severity, headline, cause } = judged.isQuiet ? quietVerdict(judged) : judged.verdict()
  const stands = { cluster: scene.cluster, lookedAt: at, state, since, severity, headline, cause }
  const silent = judged.isQuiet ? silentIn(scene.window) : []
  if (silent.length === 0) return stands
  const known = headline.replace(/: nothing to explain$/, '')
  return {
    ...stands,
    severity: 'warning',
    headline: `${known}, but ${listText(silent)} did not answer at the last look`,
  }
}

/** Members of which the last look saw nothing. It may be a moment, or the next storm: it is not fine. */
const silentIn = (window: readonly Look[]): readonly string[] => {
  const silent = (window.at(-1)?.members ?? []).filter((one) => !isHeard(one))
  return silent.map(({ endpoint, name }) => {
    const heard = window.flatMap(({ members }) => members).filter(isHeard)
    return heard.findLast((one) => one.endpoint === endpoint)?.name ?? name
  })
}

const isHeard = ({ status, page }: Look['members'][number]): boolean => status.came || page.came

const quietVerdict = ({ watch }: Judged): Pick<Verdict, 'severity' | 'headline' | 'cause'> => {
  const { state, elections } = watch.storm
  const count = countText(elections.length, 'unplanned election')
  const headline =
    state === 'unsettled'
      ? `Unsettled: ${count} in the last hour`
      : state === 'all-clear'
        ? 'All clear: the storm is over'
        : 'Calm: nothing to explain'
  return { severity: 'ok', headline, cause: 'none' }
}

/** Elections that make no storm are kept too, for the history. */
const electionsRecord = (
  before: WatchState | undefined,
  judged: Judged,
  { cluster, window }: Scene,
): Decision['storm'] => {
  const previous = window.at(-2)?.at
  const found = judged.elections.filter(({ since }) => since === previous)
  const [first] = found
  if (first === undefined || before === undefined) return undefined
  const planned = found.filter((election) => election.planned !== undefined).length
  const verdict = judged.verdict()
  const { member, link } = placeOf(verdict)
  const where = link?.join(' – ') ?? member
  return recordOf({
    id: `${cluster}-e${first.at}`,
    cluster,
    kind: 'elections',
    since: first.at,
    until: found.at(-1)?.at ?? first.at,
    worst: judged.watch.storm.state,
    elections: found.length - planned,
    planned,
    cause: planned === found.length ? 'planned' : verdict.cause,
    ...(where !== undefined && planned < found.length && { where }),
  })
}
