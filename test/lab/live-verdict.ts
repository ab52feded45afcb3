import { readTrace } from '../../src/cluster/trace/trace'
import { defaultLimits } from '../../src/config/load'
import type { Answer } from '../../src/diagnosis/answer'
import { diagnosisAnswer } from '../../src/diagnosis/diagnosis'
import { judge } from '../../src/diagnosis/judge'
import { looksOf } from '../../src/diagnosis/window/look'
import { statusOf } from '../../src/diagnosis/status/status'
import type { Verdict } from '../../src/diagnosis/verdict'
import type { RunRecord } from './run'
import type { Scenario } from './scenario'

export type LiveVerdict = { readonly verdict: Verdict; readonly answer: Answer }

/** What `diagnose` says at the end of the fault, over all looks of the run until then. Throws without a look. */
export const verdictOf = async (
  { cluster: { electionMs = 1000, heartbeatMs = 100 }, name }: Scenario,
  { faultTo, seen }: RunRecord<Buffer>,
): Promise<LiveVerdict> => {
  const trace = await readTrace(seen)
  const until = trace.looks.filter(({ at }) => at <= faultTo)
  const last = until.at(-1)
  if (last === undefined) throw new Error(`Cannot judge ${name}: no look was taken`)
  const timeouts = { heartbeatMs, electionMs, timeoutsFrom: 'config' } as const
  const settings = { name, ...timeouts, quotaBytes: undefined }
  const limits = defaultLimits()
  const { verdict } = judge(looksOf(until), { settings, limits })
  return { verdict, answer: diagnosisAnswer(verdict, statusOf(last, settings, limits), name) }
}
