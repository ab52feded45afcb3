import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../src/package'
import { fakeSlack } from '../support/fake-slack'
import { BOT_SECRETS } from '../support/program'
import { pause, startRedis } from '../support/redis'
import type { FakeMember } from './members'
import { workOf, type Profile } from './profile'
import { benchPrometheus } from './prometheus'
import { against, loadText, say } from './timing'

const MEMBERS = 5
const EVERY_MS = 15_000
const WARM_ROUNDS = 2
const ROUNDS = 3
const MIB = 1 << 20

/**
 * 1,500 members of 300 clusters, looked at every 15 s by one built program with a real Redis. CPU and memory are those of
 * its process alone. `soakMs`: goes on for so long, and says the memory each minute. Fewer `clusters` tell the CPU of a
 * look on a machine that is busy with others.
 */
export const benchWatch = async ({ soakMs, clusters }: WatchOptions): Promise<void> => {
  say(
    `watch: ${clusters * MEMBERS} members in ${clusters} clusters every ${EVERY_MS / 1000} s by one process (${loadText()})`,
  )
  const fleet = await startFleet(clusters)
  try {
    await pause(WARM_ROUNDS * EVERY_MS)
    const used = await measureRounds(fleet, ROUNDS)
    sayUse(used)
    await sayWork(fleet)
    if (soakMs > 0) await soak(fleet, soakMs)
    await benchPrometheus(fleet.members, used.cpuMsPerLook)
  } finally {
    await fleet.close()
  }
}

export type WatchOptions = { readonly soakMs: number; readonly clusters: number }

type Fleet = {
  readonly members: readonly FakeMember[]
  readonly ask: <T>(what: 'figures' | 'startProfile' | 'stopProfile') => Promise<T>
  readonly counters: () => Promise<Counters>
  readonly close: () => Promise<void>
}

type ProbeFigures = {
  readonly cpuMs: number
  readonly systemMs: number
  readonly rssBytes: number
  readonly heapBytes: number
  readonly delayP99Ms: number
  readonly delayMaxMs: number
}

const startFleet = async (clusters: number): Promise<Fleet> => {
  const closing: (() => Promise<unknown> | void)[] = []
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end()
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'stormwatch-bench-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const redis = await startRedis()
    closing.push(redis.close)
    const slack = await fakeSlack()
    closing.push(slack.close)
    const fakes = await startFakes()
    closing.push(() => end(fakes.child))
    const config = join(folder, 'clusters.yaml')
    writeFileSync(config, configOf(clusters, fakes.members, slack.apiUrl))
    const program = startProgram(config, redis.url)
    closing.push(() => end(program))
    const healthPort = await startedPort(program)
    return {
      members: fakes.members,
      ask: (what) => answerOf(program, what),
      counters: () => countersAt(healthPort),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const startFakes = async (): Promise<{ child: ChildProcess; members: readonly FakeMember[] }> => {
  const file = join(packageRoot(), 'test', 'bench', 'members-process.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, members: JSON.parse(line) as FakeMember[] }
}

const configOf = (clusters: number, members: readonly FakeMember[], apiUrl: string): string =>
  JSON.stringify({
    clusters: Object.fromEntries(
      Array.from({ length: clusters }, (_, i) => [
        `cluster-${i}`,
        {
          endpoints: members.map(({ endpoint }) => endpoint),
          metrics: members.map(({ metricsUrl }) => metricsUrl),
        },
      ]),
    ),
    slack: { mode: 'http', host: '127.0.0.1', port: 0, teams: ['T1'], apiUrl },
    health: { host: '127.0.0.1', port: 0 },
  })

/** The built program, as the image runs it: the compiler of the tests would weigh on its memory. */
const startProgram = (config: string, redisUrl: string): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--import',
      join(packageRoot(), 'test', 'bench', 'probe.mjs'),
      join(packageRoot(), 'dist', 'src', 'main.js'),
      'serve',
      '--config',
      config,
    ],
    {
      env: {
        PATH: process.env['PATH'],
        MALLOC_ARENA_MAX: '2',
        ...BOT_SECRETS,
        REDIS_URL: redisUrl,
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  )

const startedPort = (program: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    program.once('exit', (code) => reject(new Error(`Cannot bench: serve ended with ${code}`)))
    if (program.stdout === null) throw new Error('Cannot bench: serve has no output')
    createInterface({ input: program.stdout }).on('line', (line) => {
      const { event, healthPort, level, ...rest } = JSON.parse(line) as Record<string, unknown>
      if (event === 'started') resolve(Number(healthPort))
      else if (Number(level) > 30 || event === 'decided')
        say(`  the program says: ${JSON.stringify(rest)}`)
    })
  })

const answerOf = async <T>(program: ChildProcess, what: string): Promise<T> => {
  const answer = once(program, 'message')
  program.send(what)
  const [told] = (await answer) as [T]
  return told
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

type Counters = {
  readonly looks: number
  readonly readFailures: number
  readonly missed: number
  /** Turns that began more than 1 s after they were due. */
  readonly late: number
}

/** From the program's own metrics page. */
const countersAt = async (port: number): Promise<Counters> => {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const sum = (start: string): number =>
    page
      .split('\n')
      .filter((line) => line.startsWith(start))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  const turns = 'stormwatch_watch_lateness_seconds'
  return {
    looks: sum('stormwatch_watch_looks_total{outcome="judged"}'),
    readFailures: sum('stormwatch_read_failures_total'),
    missed: sum('stormwatch_watch_missed_total'),
    late: sum(`${turns}_count`) - sum(`${turns}_bucket{le="1"}`),
  }
}

type Used = Counters & ProbeFigures & { readonly cpuMsPerLook: number }

const measureRounds = async (fleet: Fleet, rounds: number): Promise<Used> => {
  const before = await fleet.counters()
  const from = await fleet.ask<ProbeFigures>('figures')
  await pause(rounds * EVERY_MS)
  const to = await fleet.ask<ProbeFigures>('figures')
  const after = await fleet.counters()
  const looks = after.looks - before.looks
  return {
    ...to,
    looks,
    readFailures: after.readFailures - before.readFailures,
    missed: after.missed - before.missed,
    late: after.late - before.late,
    cpuMsPerLook: (to.cpuMs - from.cpuMs) / (looks * MEMBERS),
    systemMs: (to.systemMs - from.systemMs) / (looks * MEMBERS),
  }
}

const sayUse = (used: Used): void => {
  say(
    `  ${used.looks} looks of clusters in ${ROUNDS} rounds, ${used.readFailures} readings failed (${loadText()})`,
  )
  if (used.readFailures > 0)
    say('  members answered too late for 2 s: the machine was too busy for these figures')
  against('CPU per member and look', {
    value: used.cpuMsPerLook,
    target: 'at most 1.5, aim for 1',
    unit: 'ms',
  })
  say(`  of which the kernel: ${used.systemMs.toFixed(2)} ms`)
  against('RSS', { value: used.rssBytes / MIB, target: 'under 250', unit: 'MiB' })
  against('event loop delay, p99', { value: used.delayP99Ms, target: 'under 50', unit: 'ms' })
  against('looks more than 1 s late', { value: used.late, target: 'none', unit: '' })
  against('looks left out', { value: used.missed, target: 'none', unit: '' })
}

/** One more round, sampled: sampling costs, so that its sum is above what was measured. */
const sayWork = async (fleet: Fleet): Promise<void> => {
  const before = await fleet.counters()
  await fleet.ask('startProfile')
  await pause(EVERY_MS)
  const profile = await fleet.ask<Profile>('stopProfile')
  const looks = (await fleet.counters()).looks - before.looks
  const parts = [...workOf(profile)].toSorted(([, a], [, b]) => b - a)
  say(
    `  main thread, sampled: ${parts.map(([work, ms]) => `${work} ${(ms / looks / MEMBERS).toFixed(2)}`).join(', ')} ms per member and look`,
  )
}

const MINUTE = 60_000

const soak = async (fleet: Fleet, soakMs: number): Promise<void> => {
  const sizes: string[] = []
  for (let minute = 1; minute <= Math.round(soakMs / MINUTE); minute++) {
    await pause(MINUTE)
    const { rssBytes, heapBytes } = await fleet.ask<ProbeFigures>('figures')
    sizes.push(`${(rssBytes / MIB).toFixed(0)}`)
    say(
      `  minute ${minute}: RSS ${(rssBytes / MIB).toFixed(0)} MiB, heap ${(heapBytes / MIB).toFixed(0)} MiB`,
    )
  }
  say(`  RSS by minute: ${sizes.join(' ')} MiB (target: flat when the window of 15 min is full)`)
}
