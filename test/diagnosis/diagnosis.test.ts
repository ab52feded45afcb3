import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { readTrace } from '../../src/cluster/trace/trace'
import { diagnosisAnswer } from '../../src/diagnosis/diagnosis'
import { statusOf } from '../../src/diagnosis/status/status'
import { replay } from '../../src/watch/replay'
import { LIMITS, look, settings } from '../support/build'

/** What `diagnose` says of a recorded fault. */
const diagnosed = async (name: string) => {
  const trace = await readTrace(readFileSync(`test/traces/${name}.ndjson.br`))
  const { verdict } = replay(trace, LIMITS)
  const last = trace.looks.at(-1) ?? look([])
  if (verdict === undefined) throw new Error('want a verdict, have an empty trace')
  return diagnosisAnswer(verdict, statusOf(last, settings(), LIMITS), 'prod')
}

test('what the headline tells of a cause is said once; the evidence stands below', async () => {
  const { headline, findings, tables } = await diagnosed('disk-leader-1500ms-3.5.30')
  expect(headline).toContain('the disk of 127.0.0.1:25399 is slow')
  expect(findings[0]?.summary).toBe('disk is likely')
  expect(findings[0]?.evidence.length).toBeGreaterThan(2)
  const row = tables[0]?.rows[0]?.map(({ text }) => text) ?? []
  expect(row[2]).toBe('127.0.0.1:25399')
  expect(row[3]).toMatch(/^time in fsync [\d.]+ % \(usual [\d.]+ %\); fsync p99/)
})
