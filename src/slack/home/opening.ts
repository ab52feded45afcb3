import type { AllMiddlewareArgs, App, SlackEventMiddlewareArgs } from '@slack/bolt'
import { whoOf, type AuditRecord } from '../asking/audit'
import type { Memory } from '../asking/guard'
import type { Homes } from './publishing'
import type { Asker } from '../asking/request'

export type HomeOpeningDeps = {
  readonly homes: Pick<Homes, 'opened'>
  readonly memory: Memory
  readonly audit: (record: AuditRecord) => void
  readonly now: () => number
}

/** Somebody opens App Home: it is shown to them. Bolt has acknowledged it. */
export const listenHome = (deps: HomeOpeningDeps, app: App): void => {
  app.event('app_home_opened', (request) => onOpened(deps, request))
}

type Opened = SlackEventMiddlewareArgs<'app_home_opened'> & AllMiddlewareArgs

const onOpened = async (deps: HomeOpeningDeps, { event, body }: Opened): Promise<void> => {
  const at = deps.now()
  if (event.tab !== 'home') return
  if (await deps.memory.seenBefore(`event:${body.event_id}`)) return
  const asker: Asker = {
    user: event.user,
    team: body.team_id,
    enterprise: body.enterprise_id,
    channel: '',
    outsider: false, // Slack shows an app's Home where the app is installed
  }
  deps.homes.opened(asker)
  deps.audit({
    at,
    ...whoOf(asker),
    face: 'home',
    command: 'home',
    words: '',
    cluster: undefined,
    outcome: 'answered',
    tookMs: deps.now() - at,
  })
}
