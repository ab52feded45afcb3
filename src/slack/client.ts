import { WebClient, type Logger, type WebClientOptions } from '@slack/web-api'

export type ClientDeps = {
  readonly apiUrl: string | undefined
  readonly logger: Logger
  /** ms; then a call is given up, and what became of it is unknown. */
  readonly callMs: number
  /** Node's own by default. */
  readonly fetch?: typeof fetch | undefined
}

/** Errors are ours to judge: no retries, no waiting out of rate limits. */
export const clientOptions = ({ apiUrl, logger, callMs, fetch }: ClientDeps): WebClientOptions => ({
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  timeout: callMs,
  logger,
  ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl.replace(/\/*$/, '/') }),
  ...(fetch === undefined ? {} : { fetch: fetch as NonNullable<WebClientOptions['fetch']> }),
})

/** A client of its own: a rate limit of one holds up nothing of another. */
export const createClient = (token: string, deps: ClientDeps): WebClient =>
  new WebClient(token, clientOptions(deps))
