import { CELLS, USUAL_SIGNALS, seriesKey, type Series } from '../../src/diagnosis/usual/baseline'
import { createBacklog } from '../../src/store/backlog'
import { packSeries } from '../../src/store/baselines'
import { createSamples } from '../../src/store/samples'
import { closeAll, connected } from '../store/clients'
import { chance, endpointOf, looksAt } from '../store/looks'
import { startRedis, type TestRedis } from '../support/redis'
import { against, say } from './timing'

const HOUR = 3_600_000
const START = 1_795_046_400_000
const EVERY_MS = 15_000
const MEMBERS = 5
const KEPT_HOURS = 48
/** So many are written; the packed ones grow with the hours, the open ones do not. */
const HOURS = 8

/** What a cluster of 5 members takes in Redis. */
export const benchRedis = async (): Promise<void> => {
  say(`redis: a cluster of ${MEMBERS} members`)
  const redis = await startRedis()
  try {
    await fill(redis)
    const open = await bytesOf(redis, 'samples:open')
    const grown = (await bytesOf(redis, '*')) - open
    against(`samples of ${KEPT_HOURS} h (${HOURS} h written)`, {
      value: ((grown * KEPT_HOURS) / HOURS + open) / 1e6,
      target: 'under 3',
      unit: 'MB',
    })
    await redis.admin.hset(`${KEY}baseline`, 'series', await packSeries(fullSeries()))
    const usual = await bytesOf(redis, 'baseline')
    against('a baseline that learned every hour', {
      value: usual / 1000,
      target: 'at most 200',
      unit: 'KB',
    })
  } finally {
    await closeAll()
    await redis.close()
  }
}

const KEY = 'stormwatch:{bench}:'

const fill = async (redis: TestRedis): Promise<void> => {
  const samples = createSamples(await connected(redis.url), createBacklog())
  const looks = looksAt({ from: START, looks: (HOURS * HOUR) / EVERY_MS, members: MEMBERS })
  for (const look of looks) await samples.append('bench', { ...look, learn: true })
}

const bytesOf = async ({ admin }: TestRedis, name: string): Promise<number> => {
  const keys = await admin.keys(KEY + name)
  const sizes = await Promise.all(keys.map((key) => admin.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
}

/** Each hour of the week another number: packs worst. */
const fullSeries = (): ReadonlyMap<string, Series> => {
  const random = chance(3)
  const cells = (around: number) => Array.from({ length: CELLS }, () => around * (0.5 + random()))
  const seriesOf = (member: number) =>
    USUAL_SIGNALS.map((signal, j): [string, Series] => {
      const medians = cells(10 ** ((j % 7) - 3))
      const highs = medians.map((median) => median * (1 + random()))
      const learned = medians.map(() => Math.floor(random() * 5000))
      return [seriesKey(endpointOf(member), signal), { medians, highs, learned }]
    })
  return new Map(Array.from({ length: MEMBERS }, (_, member) => seriesOf(member)).flat())
}
