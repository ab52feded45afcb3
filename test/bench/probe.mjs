// Loaded into a program that is measured: answers what it has used, over the channel to its parent, and nothing else.
import { Session } from 'node:inspector/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()
const session = new Session()

const figures = () => {
  const { user, system } = process.cpuUsage()
  const told = {
    cpuMs: (user + system) / 1000,
    systemMs: system / 1000,
    rssBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
  }
  delay.reset()
  return told
}

const startProfile = async () => {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 500 })
  await session.post('Profiler.start')
  return {}
}

const stopProfile = async () => {
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return profile
}

const ANSWERS = { figures, startProfile, stopProfile }

process.on('message', async (ask) => process.send?.(await ANSWERS[ask]()))
process.channel?.unref()
