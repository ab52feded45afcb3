import type { ClusterConfig } from '../src/config'
import type { Answer } from '../src/diagnosis/answer'
import type { Action } from '../src/diagnosis/facts'
import { hostOf } from '../src/diagnosis/status/members'
import { durationText } from '../src/diagnosis/quantity'
import type { Watched } from '../src/diagnosis/writes/writes'
import { mistake } from './command'

type Refused = Exclude<Watched, { readonly kind: 'watched' }>

type Asked = {
  readonly at: number
  readonly cluster: ClusterConfig
  readonly prefix: string | undefined
}

/** Why nobody could be told who writes, and what to do about it. */
export const writersRefusal = (refused: Refused, asked: Asked): Answer => {
  const { at, cluster } = asked
  switch (refused.kind) {
    case 'busy':
      return mistake(at, busyText(refused, cluster))
    case 'denied':
      return denied(refused, asked)
    case 'failed':
      return mistake(
        at,
        `No member of ${cluster.title} could be watched: ${refused.tried
          .map(({ endpoint, why }) => `${hostOf(endpoint)}: ${why.text}`)
          .join('; ')}.`,
      )
  }
}

const busyText = (
  { sinceMs, forMs }: Extract<Refused, { readonly kind: 'busy' }>,
  { title }: ClusterConfig,
): string =>
  `${title} is being watched for its writers already, since ${durationText(Math.round(sinceMs))} and for ${durationText(forMs)}: one watch at a time. Ask again when it is over.`

type Denied = Extract<Refused, { readonly kind: 'denied' }>

const denied = (refused: Denied, { at, cluster, prefix }: Asked): Answer => {
  const { user, why } = refused
  if (user === undefined)
    return {
      ...mistake(
        at,
        `etcd's auth is on (${why.text}) and ${cluster.title} has no user for this: name one under clusters.${cluster.name}.writers.`,
      ),
      action: grant('stormwatch-writers', prefix),
    }
  if (!/permission denied/.test(why.text))
    return mistake(
      at,
      `etcd does not let the user ${user} in: ${why.text}. Its name and password stand under clusters.${cluster.name}.${cluster.writers === undefined ? 'auth' : 'writers'}.`,
    )
  const what = prefix === undefined ? 'all keys' : `the keys under ${prefix}`
  const part =
    prefix === undefined ? ' A user that may read a part of them asks with --prefix.' : ''
  return {
    ...mistake(
      at,
      `The etcd user ${user} lacks READ on ${what} of ${cluster.title}: ${why.text}.${part}`,
    ),
    action: grant(user, prefix),
  }
}

const grant = (user: string, prefix: string | undefined): Action => ({
  say: 'Grant it, as root; reading keys is all it allows (it would allow reading values too, which Stormwatch skips):',
  run: [
    'etcdctl role add stormwatch-writers',
    `etcdctl role grant-permission stormwatch-writers read ${quoted(prefix ?? '')} --prefix`,
    `etcdctl user grant-role ${quoted(user)} stormwatch-writers`,
  ].join(' && '),
})

const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
