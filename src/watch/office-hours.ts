import type { ClusterConfig } from '../config'
import type { Observation } from '../diagnosis/facts'
import { countText } from '../diagnosis/quantity'
import { statusOf } from '../diagnosis/status/status'
import { expiriesOf } from './certificates'
import type { Expiry } from './certificates'
import type { Notice } from './notices'

const DAY_MS = 86_400_000

/** What holds now and wants somebody in office hours: certificates that end soon, versions without fixes. */
export const noticesFor = async (
  cluster: ClusterConfig,
  look: Observation,
  now: number,
): Promise<readonly Notice[]> => {
  const ends = await expiriesOf(cluster)
  const soon = ends.filter(({ endsAt }) => endsAt - now < cluster.limits.certificateEndsMs)
  return [...certificateNotices(soon, now), ...versionNotices(cluster, look)]
}

/** One for all of a cluster: they were mostly made together. */
const certificateNotices = (soon: readonly Expiry[], now: number): readonly Notice[] => {
  const [first, ...others] = soon.toSorted((a, b) => a.endsAt - b.endsAt)
  if (first === undefined) return []
  const days = Math.floor((first.endsAt - now) / DAY_MS)
  const day = new Date(first.endsAt).toISOString().slice(0, 10)
  const when = days < 0 ? `ended on ${day}` : `ends in ${countText(days, 'day')}, on ${day}`
  const more = others.length === 0 ? '' : `; ${countText(others.length, 'other')} soon after`
  return [
    {
      about: 'certificates',
      headline: `The certificate of ${first.of} ${when}${more}: then TLS with it fails`,
      action: { say: 'Renew it. etcd and Stormwatch take a new one without a restart.' },
    },
  ]
}

const versionNotices = (cluster: ClusterConfig, look: Observation): readonly Notice[] =>
  statusOf(look, cluster.settings, cluster.limits)
    .findings.filter(({ rule }) => rule === 'end-of-life')
    .map(({ summary, action, evidence }) => ({
      about: `end-of-life ${evidence[0]?.value ?? ''}`,
      headline: summary,
      action,
    }))
