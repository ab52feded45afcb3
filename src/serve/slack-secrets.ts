import { readSecret } from '../secrets'
import type { SlackSecrets } from '../slack/log'
import type { Parts } from './parts'

/** Only those of the mode need to be there. */
export const slackSecrets = (mode: 'http' | 'socket', env: Parts['env']): SlackSecrets => ({
  botToken: readSecret('SLACK_BOT_TOKEN', env),
  signingSecret: mode === 'http' ? readSecret('SLACK_SIGNING_SECRET', env) : '',
  appToken: mode === 'socket' ? readSecret('SLACK_APP_TOKEN', env) : '',
})
