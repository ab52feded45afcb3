import type { Part, Scrape } from '../../diagnosis/facts'
import type { Tls } from '../credentials'
import { parsePage } from './exposition'
import { failed, type Result } from '../failure'
import { createSite, type Site } from './site'

/**
 * The HTTP of a cluster's members. Connections are kept between looks; redirects are not followed and proxies of the
 * environment not used, so that nothing but what was configured is ever dialled. Nothing rejects; every request ends
 * with its signal (see `startDeadline`).
 */
export type Pages = {
  /** A metrics page, read. `tookMs` counts until the whole page is here. */
  scrape(url: string, signal: AbortSignal): Promise<Part<Scrape>>
  /** What the member's own /health complains of, such as `ALARM NOSPACE`; undefined when it is well or does not say. */
  complaint(url: string, signal: AbortSignal): Promise<string | undefined>
  close(): void
}

/** Gets the text of each page that came, before it is read: for recorders. */
export type OnPage = (url: string, page: string) => void

export const createPages = (tls: Tls | undefined, onPage?: OnPage): Pages => {
  const sites = new Map<string, Site>()
  const siteOf = (url: URL): Site => {
    const site = sites.get(url.origin) ?? createSite(url, tls)
    sites.set(url.origin, site)
    return site
  }
  return {
    scrape: async (url, signal) => {
      const from = performance.now()
      let tookMs: number | undefined
      const read = (body: Buffer): Result<Scrape> => {
        tookMs = performance.now() - from
        onPage?.(url, body.toString())
        return scrapeOf(body)
      }
      const target = new URL(url) // user info in it is never sent
      const path = target.pathname + target.search
      const page = await siteOf(target).get({ path, status: OK, read }, signal)
      return { ...page, tookMs: tookMs ?? performance.now() - from }
    },
    complaint: async (url, signal) => {
      const request = { path: HEALTH, status: UNHEALTHY, read: reasonOf }
      const answer = await siteOf(new URL(url)).get(request, signal)
      return answer.ok ? answer.value : undefined
    },
    close: () => sites.forEach((site) => site.close()),
  }
}

const OK = 200
const UNHEALTHY = 503
const HEALTH = '/health?serializable=true'

const scrapeOf = (page: Buffer): Result<Scrape> => {
  const parsed = parsePage(page)
  return parsed.ok ? { ok: true, value: parsed.scrape } : failed('malformed', parsed.why)
}

/** `{"health":"false","reason":"ALARM NOSPACE"}` */
const reasonOf = (body: Buffer): Result<string | undefined> => ({
  ok: true,
  value: /"reason":\s*"([^"\\]{1,100})"/.exec(body.toString())?.[1],
})
