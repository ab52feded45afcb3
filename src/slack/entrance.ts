import type { Receiver } from '@slack/bolt'

/** Where Slack's requests come in: an HTTP server or a socket. */
export type Entrance = {
  readonly receiver: Receiver
  /** Resolves when requests can come, or, where Slack must be reached first, when that is under way. */
  readonly open: () => Promise<void>
  /** Takes no more requests; those under way go on. */
  readonly shut: () => void
  /** Cuts what is still connected. */
  readonly close: () => Promise<void>
  /** Why no request can come in now. */
  readonly trouble: () => string | undefined
  /** Where an HTTP server listens. */
  readonly port: () => number | undefined
}
