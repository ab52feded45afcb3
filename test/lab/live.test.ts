/**
 * `npm run live`: real faults on real clusters, watched as they happen, with the verdict asserted. Not part of `npm test`:
 * it takes some six minutes.
 */
import { expect, test } from '@jest/globals'
import { verdictOf } from './live-verdict'
import { runScenario, type RunRecord, type Stage } from './run'
import type { Scenario } from './scenario'
import { SCENARIOS } from './scenarios'
import { traceOf } from './trace-of'

const TIMES = { healthyMs: 16_000, recoverMs: 0 }
const MOST_MS = 32_000

test.each([
  ['disk', 'disk-leader-1500'],
  ['pauses', 'pause-leader-2500'],
  ['member-down', 'member-down-leader'],
  ['network', 'net-partition-leader'],
  ['planned', 'move-leader'],
  ['overload', 'overload-flood'],
])('%s is named live, with the member that was hit: %s', async (cause, name) => {
  const scenario = shortened(name)
  const record = await run(scenario)
  const { verdict } = await verdictOf(scenario, record)
  expect(verdict).toMatchObject({ cause })
  expect(placesOf(scenario, record)).toContain(verdict.member)
})

const shortened = (name: string): Scenario => {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return { ...found, times: TIMES, holdMs: Math.min(MOST_MS, found.holdMs) }
}

/** A cluster that does not start says nothing of the diagnosis: it may try once more. */
const run = async (scenario: Scenario): Promise<RunRecord<Buffer>> => {
  let stage: Stage | undefined
  const onStage = (now: Stage): void => void (stage = now)
  try {
    return await runScenario(scenario, traceOf, { onStage })
  } catch (error) {
    if (stage !== 'starting') throw error
    return runScenario(scenario, traceOf)
  }
}

/** Where an answer may point: at the member that was hit; nowhere, where it is not about one. */
const placesOf = ({ truth }: Scenario, { hit }: RunRecord<Buffer>) =>
  truth.where === 'member' ? hit.slice(0, 1) : [...hit, undefined]
