import { readFileSync, statSync } from 'node:fs'
import type { LabCluster } from './cluster'

/** An election that was won, as the winner's own log tells it: the truth that a diagnosis is measured against. */
export type WonElection = { readonly term: number; readonly member: string }

/** Where the logs end now. */
export type LogMark = readonly number[]

export const markLogs = ({ members }: LabCluster): LogMark =>
  members.map(({ logFile }) => statSync(logFile).size)

/** Elections won since the mark, one for each term, in order. */
export const electionsSince = ({ members }: LabCluster, mark: LogMark): WonElection[] => {
  const won = new Map<number, string>()
  for (const [index, { logFile, name }] of members.entries())
    for (const term of termsWon(readFileSync(logFile), mark[index] ?? 0)) won.set(term, name)
  return [...won].map(([term, member]) => ({ term, member })).toSorted((a, b) => a.term - b.term)
}

/** `ba7f became leader at term 3`, in zap's JSON and in the text of 3.4. */
const termsWon = (log: Buffer, from: number): number[] =>
  [
    ...log
      .subarray(from)
      .toString()
      .matchAll(/ became leader at term (\d+)/g),
  ].map(([, term]) => Number(term))
