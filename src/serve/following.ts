import type { Config } from '../config'
import { loadConfig } from '../config/load'
import { followConfig, type Reloading } from '../config/reload'
import type { Parts } from './parts'

/** How often a mounted configuration is looked at for a change. */
const CONFIG_EVERY_MS = 2000

type FollowParts = Pick<Parts, 'env' | 'log' | 'metrics' | 'observer' | 'journal'>

/** The configuration in force: a changed file is taken when it is good; what is gone from it is let go of. */
export const follow = (
  file: string,
  { env, log, metrics, observer, journal }: FollowParts,
): Reloading => {
  const namesOf = ({ clusters }: Config): readonly string[] =>
    clusters.map((cluster) => cluster.name)
  const following = followConfig({
    file,
    load: (name) => loadConfig(name, env),
    everyMs: CONFIG_EVERY_MS,
    onTaken: (config, before) => {
      observer.keepOnly(config.clusters)
      journal.keepOnly(config.clusters)
      metrics.configRead('taken', namesOf(config))
      log.info(
        { event: 'config-taken', clusters: namesOf(config) },
        'a new configuration is in force',
      )
      if (needsRestart(config, before))
        log.warn(
          { event: 'config-needs-restart' },
          'slack, health and redis settings, watch.every and watch.folder take effect after a restart',
        )
    },
    onRefused: (error) => {
      metrics.configRead('refused', [])
      log.error(
        { event: 'config-refused', why: error.message },
        'the new configuration is refused, the old one stays',
      )
    },
  })
  metrics.configRead('taken', namesOf(following.config()))
  process.on('SIGHUP', following.reload)
  return { ...following, close: () => (process.off('SIGHUP', following.reload), following.close()) }
}

const needsRestart = (config: Config, before: Config): boolean =>
  JSON.stringify([
    config.slack,
    config.health,
    config.redis,
    config.watch.everyMs,
    config.watch.folder,
  ]) !==
  JSON.stringify([
    before.slack,
    before.health,
    before.redis,
    before.watch.everyMs,
    before.watch.folder,
  ])
