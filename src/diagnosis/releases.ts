/** Pre-vote is on by default since 3.5.0: before, a lone candidate raises the term, and deposes the leader when it is back. */
export const lacksPreVote = (version: string | undefined): boolean =>
  /^(?:2|3\.[0-4])\./.test(version ?? '')
