import { signalOf } from './baseline'
import type { UsualSignal } from './baseline'
import type { Limits } from '../limits'
import type { Look, MemberLook } from '../window/look'
import type { Expected, Outlook } from './outlook'
import { durationText, shareText } from '../quantity'

/** A signal of a member far above what was learned of it, for some time. */
export type Deviation = {
  readonly endpoint: string
  readonly name: string
  readonly signal: RiskySignal
  readonly value: number
  readonly usual: Expected
  /** Above it is unusual: by what was learned, and never below an absolute floor. */
  readonly limit: number
  /** False: it has been so for most of a day, which is no news any more. */
  readonly isNew: boolean
}

/** What comes before storms; more commits or CPU alone do not. */
const RISKY = ['fsyncShare', 'statusMs', 'pageMs', 'roundTripMs', 'pending'] as const

export type RiskySignal = (typeof RISKY)[number]

/**
 * What has been far above the usual for `unusualHoldMs`, at each look. It is measured against the high of this hour, and
 * against the highest hour of the day, so that a nightly job that comes an hour late is none; the floors keep clusters that
 * idle from it, and a baseline that is empty or wrong from making a storm.
 */
export const deviationsOf = (
  looks: readonly Look[],
  { usual }: Outlook,
  limits: Limits,
): readonly Deviation[] => {
  const now = looks.at(-1)
  if (now === undefined || usual.size === 0) return []
  return now.members.flatMap((member) => {
    const learned = usual.get(member.endpoint)
    return learned === undefined
      ? []
      : RISKY.flatMap((signal) => {
          const expected = learned[signal]
          return expected === undefined
            ? []
            : deviation(member, signal, { expected, looks, limits })
        })
  })
}

type Scene = {
  readonly expected: Expected
  readonly looks: readonly Look[]
  readonly limits: Limits
}

const deviation = (
  member: MemberLook,
  signal: RiskySignal,
  { expected, looks, limits }: Scene,
): readonly Deviation[] => {
  const value = signalOf(member, signal)
  const limit = limitOf(signal, expected, limits)
  if (value === undefined || value <= limit) return []
  if (!isHeld(member.endpoint, signal, { looks, limit, holdMs: limits.unusualHoldMs })) return []
  const { endpoint, name } = member
  const isNew = (expected.lately ?? 0) <= limit
  return [{ endpoint, name, signal, value, usual: expected, limit, isNew }]
}

/** Also for showing: a value above it is far from usual. */
const limitOf = (signal: RiskySignal, { high, peak }: Expected, limits: Limits): number =>
  Math.max(limits[FLOORS[signal]], limits.unusualFactor * high, PEAK_FACTOR * peak)

/** The highest hour is seen once a day only: a little above it is still of its kind. */
const PEAK_FACTOR = 1.5

const FLOORS = {
  fsyncShare: 'unusualFsyncShare',
  statusMs: 'strainedStatusMs',
  pageMs: 'pageSlowMs',
  roundTripMs: 'farFloorMs',
  pending: 'pendingStrain',
} as const satisfies Readonly<Record<RiskySignal, keyof Limits>>

type Held = { readonly looks: readonly Look[]; readonly limit: number; readonly holdMs: number }

const FEWEST_LOOKS = 3

/** At each look of that time at which it was seen. */
const isHeld = (endpoint: string, signal: RiskySignal, { looks, limit, holdMs }: Held): boolean => {
  const since = (looks.at(-1)?.at ?? 0) - holdMs
  const first = looks.findIndex(({ at }) => at > since)
  if (first <= 0) return false // the window does not reach so far back
  const values = looks
    .slice(first)
    .flatMap(({ members }) => members.filter((member) => member.endpoint === endpoint))
    .flatMap((member) => signalOf(member, signal) ?? [])
  return values.length >= FEWEST_LOOKS && values.every((value) => value > limit)
}

const NAMES: Readonly<Record<RiskySignal, string>> = {
  fsyncShare: 'time in fsync',
  statusMs: 'Status time',
  pageMs: 'metrics page time',
  roundTripMs: 'round trip of the slowest link',
  pending: 'pending proposals',
}

export const deviationName = ({ signal }: Pick<Deviation, 'signal'>): string => NAMES[signal]

export const signalText = (signal: UsualSignal, value: number): string => {
  if (signal.endsWith('Ms')) return durationText(Number(value.toPrecision(3)))
  return signal.endsWith('Share') ? shareText(value) : String(Number(value.toPrecision(3)))
}

/** m1's time in fsync is 22 %, usually 1 % at this hour of the week (learned from 480 looks). */
export const deviationText = ({ name, signal, value, usual }: Deviation): string =>
  `${name}'s ${NAMES[signal]} is ${signalText(signal, value)}, usually ${signalText(signal, usual.median)} ${learnedText(usual)}`

export const learnedText = ({ from, learned }: Pick<Expected, 'from' | 'learned'>): string =>
  `${FROM[from]} (learned from ${learned} looks)`

const FROM: Readonly<Record<Expected['from'], string>> = {
  week: 'at this hour of the week',
  day: 'at this hour of any day',
  all: 'at any hour',
}
