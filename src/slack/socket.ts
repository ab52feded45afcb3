import { SocketModeReceiver, type Logger } from '@slack/bolt'
import type { WebClientOptions } from '@slack/web-api'
import { ARRIVED } from './storm/acknowledge'
import type { Entrance } from './entrance'
import { reasonOf, type Log } from './log'

export type SocketDeps = {
  readonly appToken: string
  readonly clientOptions: WebClientOptions
  readonly logger: Logger
  readonly log: Log
  readonly redact: (text: string) => string
  readonly now: () => number
  /** Whether Slack's Web API answers: when it does not, a restart of ours helps nobody. */
  readonly slackAnswers: () => boolean
  readonly onDeaf: (why: string) => void
  readonly timing: SocketTiming
}

/** ms. */
export type SocketTiming = {
  /** From asking for a socket to Slack's hello. */
  readonly helloWithinMs: number
  /** The first wait before another try; it doubles up to `retryMostMs`. */
  readonly retryMs: number
  readonly retryMostMs: number
  /** Deaf for so long while Slack answers: `onDeaf`. */
  readonly deafAfterMs: number
}

/**
 * Slack's requests by Socket Mode. We reconnect ourselves: the library's own loop ends in an unhandled rejection or in
 * silence when Slack refuses one reconnection, and waits 5 s before each.
 */
export const socketEntrance = (deps: SocketDeps): Entrance => {
  const receiver = new SocketModeReceiver({
    appToken: deps.appToken,
    autoReconnectEnabled: false,
    logger: deps.logger,
    installerOptions: { clientOptions: deps.clientOptions },
    customPropertiesExtractor: ({ envelope_id: deliveryKey }: Envelope) => ({
      deliveryKey,
      [ARRIVED]: performance.now(),
    }),
  })
  const link = linkOf(receiver.client, deps)
  const watchdog = watchDeafness(link, deps)
  return {
    receiver,
    open: async () => {
      watchdog.start()
      void link.keep() // never rejects: it tries until it is shut
    },
    shut: link.shut,
    close: async () => {
      watchdog.stop()
      await link.close()
    },
    trouble: link.trouble,
    port: () => undefined,
  }
}

/** A connection that ends sooner counts as a failure, or we would hammer a Slack that hangs up after its hello. */
const LASTING_MS = 10_000

type Envelope = { readonly envelope_id?: string }
type Client = SocketModeReceiver['client']

// --- staying connected ---

const linkOf = (client: Client, deps: SocketDeps) => {
  let trouble: string | undefined = 'the socket to Slack is not connected yet'
  let shut = false
  let wake = (): void => undefined
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  client.on('connected', () => {
    trouble = undefined
    deps.log.info({}, 'The socket to Slack is connected')
  })
  client.on('disconnected', () => {
    trouble ??= 'the socket to Slack is disconnected'
  })

  /** Resolves when the connection has ended, with the ms that it lasted: 0 when there was none. */
  const connectOnce = async (): Promise<number> => {
    const ended = new Promise<void>((resolve) => client.once('disconnected', () => resolve()))
    try {
      await hello(client, deps.timing.helloWithinMs)
    } catch (error) {
      trouble = `the socket to Slack: ${deps.redact(reasonOf(error ?? 'closed before its hello'))}`
      return 0
    }
    const since = deps.now()
    if (shut) void client.disconnect() // connected too late
    await ended
    return deps.now() - since
  }
  const keep = async (): Promise<void> => {
    let failures = 0
    while (!shut) {
      failures = (await connectOnce()) >= LASTING_MS ? 0 : failures + 1
      if (shut) return
      deps.log.warn({ why: trouble, failures }, 'No socket to Slack: connecting again')
      await pause(retryIn(failures, deps.timing))
    }
  }
  return {
    keep,
    trouble: (): string | undefined => trouble,
    shut: (): void => {
      shut = true
      trouble = 'stopped'
      wake()
      void client.disconnect() // resolves late or never when the peer is gone; close() does not wait for it
    },
    /** A second call ends a closing handshake that nobody answers. */
    close: async (): Promise<void> => void client.disconnect(),
  }
}

/** At once after a connection that ended: Slack refreshes them every few hours. */
const retryIn = (failures: number, { retryMs, retryMostMs }: SocketTiming): number =>
  failures === 0 ? 0 : Math.min(retryMostMs, retryMs * 2 ** (failures - 1))

/** `start` settles by itself only when Slack says something. */
const hello = async (client: Client, withinMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no hello within ${withinMs} ms`)), withinMs)
  })
  try {
    await Promise.race([client.start(), late])
  } catch (error) {
    dropSocket(client)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** The second call cuts what the first one would wait for. */
const dropSocket = (client: Client): void => {
  void client.disconnect()
  void client.disconnect()
}

// --- the watchdog ---

type Link = { readonly trouble: () => string | undefined }

/** Judges by the state of the connection, never by silence: an idle socket is healthy. */
const watchDeafness = (link: Link, deps: SocketDeps) => {
  const { now, slackAnswers, onDeaf, timing } = deps
  let hearing = now()
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const trouble = link.trouble()
    if (trouble === undefined || !slackAnswers()) hearing = now()
    else if (now() - hearing >= timing.deafAfterMs) {
      hearing = now()
      onDeaf(`deaf for ${timing.deafAfterMs} ms while Slack answers: ${trouble}`)
    }
  }
  return {
    start: (): void => {
      hearing = now()
      timer = setInterval(look, Math.max(10, timing.deafAfterMs / 20))
    },
    stop: (): void => clearInterval(timer),
  }
}
