import { join } from 'node:path'
import type { Observation } from '../../src/diagnosis/facts'
import { read, roster } from '../support/build'

/** The storm that the documentation tells of: a real leader was stopped for 2.5 s again and again. */
export const STORM_TRACE = join(__dirname, '../traces/pause-leader-2500ms-3.5.30.ndjson.br')

/** A trace holds no member list, so the members get the names that a member list would have told. */
export const named = (look: Observation): Observation => ({
  ...look,
  roster: read(
    roster(look.members.length, {
      members: look.members.map(({ endpoint, status }, i) => ({
        id: status.ok ? status.value.memberId : `unseen-${i}`,
        name: `etcd-${i + 1}`,
        peerUrls: [],
        clientUrls: [endpoint],
        isLearner: false,
      })),
    }),
  ),
})
