import type { Look } from '../diagnosis/window/look'
import type { Watch } from '../diagnosis/storm/watcher'
import type { Eyes } from './round'
import type { Told, WatchState } from './state'

/** A clock that was set by hours: what was seen keeps its distance to now. `byMs` is how far the clock jumped. */
export const shiftEyes = ({ memory, window }: Eyes, byMs: number): Eyes => ({
  memory: new Map(
    [...memory].map(([name, known]) => [name, { ...known, scrapedAt: known.scrapedAt + byMs }]),
  ),
  window: window.map((look) => shiftLook(look, byMs)),
})

const shiftLook = (look: Look, byMs: number): Look => ({
  ...look,
  at: look.at + byMs,
  logs: look.logs?.map((event) => ({ ...event, at: event.at + byMs })),
})

export const shiftState = (state: WatchState, byMs: number): WatchState => {
  const { told, held } = state
  return {
    ...state,
    lookedAt: state.lookedAt + byMs,
    watch: shiftWatch(state.watch, byMs),
    ...(told && { told: shiftTold(told, byMs) }),
    ...(held && { held: { ...held, from: held.from + byMs } }),
    standing: {
      ...state.standing,
      lookedAt: state.standing.lookedAt + byMs,
      since: state.standing.since + byMs,
    },
  }
}

const shiftWatch = (watch: Watch, byMs: number): Watch => {
  const { storm, notice } = watch
  const { unseen } = storm
  const shifted = (at: number | undefined) => (at === undefined ? undefined : at + byMs)
  return {
    ...watch,
    storm: {
      ...storm,
      since: storm.since + byMs,
      elections: storm.elections.map((at) => at + byMs),
      openedAt: shifted(storm.openedAt),
      troubledAt: shifted(storm.troubledAt),
      clearedAt: shifted(storm.clearedAt),
      lookedAt: shifted(storm.lookedAt),
      unseen: unseen && { from: unseen.from + byMs, until: unseen.until + byMs },
      precursorSince: shifted(storm.precursorSince),
      precursorAt: shifted(storm.precursorAt),
    },
    notice: notice && {
      ...notice,
      at: notice.at + byMs,
      openedAt: notice.openedAt + byMs,
      ...(notice.acknowledgedAt !== undefined && { acknowledgedAt: notice.acknowledgedAt + byMs }),
    },
  }
}

const shiftTold = (told: Told, byMs: number): Told => ({
  ...told,
  since: told.since + byMs,
  shownAt: told.shownAt + byMs,
  ...(told.remindedAt !== undefined && { remindedAt: told.remindedAt + byMs }),
})
