import { parseArgs } from 'node:util'
import { benchAck } from './ack'
import { benchParser } from './parser'
import { benchRedis } from './redis'
import { benchStatus } from './status'
import { loadText, say } from './timing'
import { benchVerdict } from './verdict'
import { benchWarning } from './warning'
import { benchWatch, type WatchOptions } from './watch'
import { benchWriters } from './writers'

const BENCHES: Readonly<Record<string, (options: WatchOptions) => void | Promise<void>>> = {
  parser: benchParser,
  verdict: benchVerdict,
  warning: benchWarning,
  redis: benchRedis,
  status: benchStatus,
  ack: benchAck,
  watch: benchWatch,
  writers: benchWriters,
}

/**
 * `npm run bench -- [NAME…] [--soak 12m] [--clusters 300]`: prints speed and memory beside their targets. A figure decides nothing; the
 * reader does.
 */
const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    options: { soak: { type: 'string' }, clusters: { type: 'string', default: '300' } },
    allowPositionals: true,
  })
  const options = { soakMs: minutesIn(values.soak) * 60_000, clusters: Number(values.clusters) }
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
  for (const name of names) {
    const bench = BENCHES[name]
    if (bench === undefined)
      throw new Error(`No bench is called ${name}: there are ${Object.keys(BENCHES).join(', ')}`)
    await bench(options)
  }
  say(loadText())
}

const minutesIn = (text = '0m'): number => {
  const [, minutes] = /^(\d+)m$/.exec(text) ?? []
  if (minutes === undefined) throw new Error(`Cannot soak for ${text}: need minutes, such as 12m`)
  return Number(minutes)
}

void main()
