/** Where each part says what is wrong with it now, a sentence each. */
export type Parts = {
  readonly slack: () => { readonly connected: boolean; readonly why?: string | undefined }
  readonly redis: () => string | undefined
  readonly watch: () => readonly string[]
  /** What keeps posts from their channels. */
  readonly posts: () => readonly string[]
}

export type Ready = {
  /** Takes this replica out of service. */
  readonly readiness: () => readonly string[]
  /** Is only told: another replica would do no better. */
  readonly remarks: () => readonly string[]
}

/**
 * For /readyz. A Redis that was reached once and went away is a remark: answers go on without it. One that was never
 * reached is a wrong setting, and a rollout should stop at it.
 */
export const readinessOf = ({ slack, redis, watch, posts }: Parts): Ready => {
  let wasReached = false
  const away = (): readonly string[] => {
    const trouble = redis()
    wasReached ||= trouble === undefined
    return trouble === undefined ? [] : [`Redis: ${trouble}`]
  }
  const unheard = (): readonly string[] => {
    const { connected, why } = slack()
    return connected ? [] : [`Slack: ${why ?? 'not connected'}`]
  }
  return {
    readiness: () => {
      const lines = away()
      return [...unheard(), ...(wasReached ? [] : lines), ...watch()]
    },
    remarks: () => {
      const lines = away()
      return [...(wasReached ? lines : []), ...posts()]
    },
  }
}
