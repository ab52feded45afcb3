import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress } from 'node:zlib'
import { createObserver } from './cluster/observe'
import type { ClusterConfig } from './config'
import { waitFor } from './tools'
import { record } from './watch/record'

export type RecordingOptions = {
  readonly cluster: ClusterConfig
  readonly forMs: number
  readonly everyMs: number
  readonly onLook: (looks: number) => void
}

/** Pages repeat from look to look: a window of 16 MB finds the one before. */
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 7, [constants.BROTLI_PARAM_LGWIN]: 24 },
}

/**
 * Writes a compressed trace to the output. Ctrl-C ends it early and whole. Resolves to how many looks are in it. Part of
 * the composition root.
 */
export const recordTrace = async (
  { cluster, forMs, everyMs, onLook }: RecordingOptions,
  output: NodeJS.WritableStream,
): Promise<number> => {
  const endpoints = new Map(cluster.endpoints.map(({ url, metricsUrl }) => [metricsUrl, url]))
  let pages = new Map<string, string>()
  const observer = createObserver({
    onPage: (url, page) => void pages.set(endpoints.get(url) ?? url, page),
  })
  const asked = new AbortController()
  const stop = (): void => asked.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const packed = createBrotliCompress(BROTLI)
  const written = pipeline(packed, output, { end: false })
  try {
    return await record(
      { cluster, forMs, everyMs, signal: asked.signal },
      {
        observe: async (signal) => {
          pages = new Map()
          const look = await observer.observe(cluster, Date.now(), signal)
          return { look, pages }
        },
        write: async (text) => {
          if (!packed.write(text)) await once(packed, 'drain')
        },
        now: Date.now,
        wait: waitFor,
        onLook,
      },
    )
  } finally {
    packed.end()
    await written
    await observer.close()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
