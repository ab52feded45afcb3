import { dispatch } from '../../commands/dispatch'
import { shareLooks } from '../cluster/shared'
import type { Config } from '../config'
import { createSlackFace, type SlackFace } from '../slack/app'
import { permalinkOf } from '../slack/posting/permalink'
import type { Asked, Done } from '../slack/storm/acting'
import type { Store } from '../store/store'
import { toolsOf } from '../tools'
import { acknowledge } from '../watch/acknowledge'
import { createHandoffDeeds } from '../watch/handoff/deeds'
import { createHistory } from '../watch/history'
import { homeFacts } from '../watch/home'
import type { Parts } from './parts'
import { countedLooks } from './reading'
import { slackSecrets } from './slack-secrets'

type SlackParts = Parts & { readonly onDeaf: (why: string) => void }

/** Answers people, and carries out what they press. */
export const slackFace = ({
  env,
  version,
  log,
  metrics,
  observer,
  journal,
  writers,
  following,
  store,
  announcer,
  onDeaf,
}: SlackParts): SlackFace => {
  const observe = shareLooks(countedLooks({ observer, metrics }))
  const tools = toolsOf({
    config: following.config,
    observe,
    journal,
    writers,
    version,
    history: createHistory(store, { now: Date.now, linkOf: permalinkOf }),
  })
  return createSlackFace({
    config: following.config,
    secrets: slackSecrets(following.config().slack.mode, env),
    dispatch: (words, ask) => dispatch(words, ask, tools),
    audit: (record) => {
      log.info({ event: 'audit', ...record }, 'a request was handled')
      void store.audit.keep(record) // never rejects: without Redis it waits
      metrics.commandAnswered({ ...record, face: 'slack' })
    },
    log,
    now: Date.now,
    onDeaf,
    memory: { seenBefore: store.seen },
    clicks: store.clicks,
    home: {
      facts: () => homeFacts(store, following.config(), Date.now()),
      claim: (user, forMs) => store.ticks.shouldRun(`home:${user}`, forMs),
    },
    acknowledged: metrics.slackAcknowledged,
    deeds: {
      acknowledge: async (asked) => {
        const done = await acknowledged(asked, { store, config: following.config })
        announcer.wake(asked.cluster)
        return done
      },
      handoffs: createHandoffDeeds({
        store,
        config: following.config,
        wake: announcer.wake,
        done: metrics.handoff,
      }),
    },
  })
}

type AcknowledgeParts = { readonly store: Store; readonly config: () => Config }

const acknowledged = async (asked: Asked, { store, config }: AcknowledgeParts): Promise<Done> => {
  const { cluster, storm: stormId, who: by, at } = asked
  const { fallbackChannel } = config().watch
  const taken = await acknowledge(store.storms, { cluster, stormId, by, at, fallbackChannel })
  switch (taken.outcome) {
    case 'acknowledged':
      return { ok: true, say: `You acknowledged the storm on ${cluster}. Its thread says so.` }
    case 'already':
      return { ok: true, say: `The storm on ${cluster} was acknowledged already.` }
    case 'none':
      return {
        ok: false,
        say: `This storm on ${cluster} is over: there is nothing to acknowledge.`,
      }
    case 'contended':
      return {
        ok: false,
        isUndone: true,
        say: `The state of ${cluster} changes too fast just now: nothing was kept. Press it again.`,
      }
  }
}
