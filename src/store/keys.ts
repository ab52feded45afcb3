/** All keys of a cluster share its hash tag, so that one script may change several of them in a Redis Cluster too. */
export const keyOf = (cluster: string, name: string): string =>
  `stormwatch:{${checked(cluster)}}:${name}`

/** Keys of the whole deployment: each is changed alone. */
export const commonKey = (name: string): string => `stormwatch:${name}`

/** As the configuration allows names; a brace would break the tag. */
export const isName = (cluster: string): boolean => /^[a-z0-9][a-z0-9._-]{0,62}$/.test(cluster)

const checked = (cluster: string): string => {
  if (isName(cluster)) return cluster
  throw new Error(
    `Cannot name a key: need a cluster of the configuration, have ${cluster.slice(0, 80)}`,
  )
}

export const DAY_MS = 86_400_000
/** How long storms, summaries and sent messages are kept. */
export const KEPT_MS = 35 * DAY_MS
