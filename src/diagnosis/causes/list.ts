import type { Signals } from '../window/signals'
import type { CauseName, Hypothesis } from '../verdict'
import { cpu } from './cpu'
import { disk } from './disk'
import { maintenance } from './maintenance'
import { memberDown } from './member-down'
import { network } from './network'
import { overload } from './overload'
import { pauses } from './pauses'
import { planned } from './planned'
import { quorumLost } from './quorum-lost'
import { space } from './space'
import { timeouts } from './timeouts'
import { version } from './version'

/**
 * Every cause, in the order in which one explains another: an alarm needs no election, a process that is away cannot be late,
 * a late process makes fsync and round trips look slow, and so on. Where two are likely, the earlier one is named.
 */
export const CAUSES: Readonly<Record<CauseName, (signals: Signals) => Hypothesis>> = {
  space,
  'quorum-lost': quorumLost,
  'member-down': memberDown,
  maintenance,
  overload,
  cpu,
  disk,
  pauses,
  timeouts,
  network,
  planned,
  version,
}
