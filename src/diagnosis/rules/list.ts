import type { Finding } from '../facts'
import { alarms } from './alarms'
import { descriptors } from './descriptors'
import { lag } from './lag'
import { leader } from './leader'
import { membership } from './membership'
import { quota } from './quota'
import { quorum } from './quorum'
import type { Rule, Situation } from './situation'
import { fragmentation, space } from './space'
import { pageUnread, slowAnswers, unreached } from './unreached'
import { version } from './version'

/** Every rule about one look. A new one is a file in this folder and a line here. */
const RULES: readonly Rule[] = [
  quorum,
  alarms,
  leader,
  unreached,
  space,
  quota,
  slowAnswers,
  lag,
  membership,
  pageUnread,
  descriptors,
  version,
  fragmentation,
]

/** What all rules found, worst first; within a severity in the order of the list. */
export const findingsOf = (situation: Situation): readonly Finding[] =>
  RULES.flatMap((rule) => rule(situation)).toSorted((a, b) => rankOf(b) - rankOf(a))

const rankOf = ({ severity }: Finding): number => ['ok', 'warning', 'critical'].indexOf(severity)
