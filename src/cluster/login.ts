import type { Failure } from '../diagnosis/facts'
import type { Result } from './failure'

/**
 * One member's token: got at the first need, shared by all calls, kept until etcd says that it is worth nothing.
 * Each Authenticate is a raft entry and a slow hash on the member, hence never two at once and a rest in between.
 * etcd3's own way asks for ever on a token that is never taken, and dials past the channel's TLS name and proxy settings.
 *
 * A pass is there within `patienceMs`: without a token if it must be, and the next call finds the one that came late.
 */
export const createLogin = (
  authenticate: () => Promise<Result<string>>,
  patienceMs: number,
): Login => {
  let known: Pass | undefined
  let underway: Promise<Pass> | undefined
  let restUntil = 0
  const ask = async (): Promise<Pass> => {
    const answer = await authenticate()
    restUntil = performance.now() + restAfter(answer)
    underway = undefined
    return (known = passOf(answer))
  }
  const askPatiently = (): Promise<Pass> =>
    new Promise((resolve) => {
      const giveUp = (): void => resolve((known = tooLate(patienceMs)))
      const timer = setTimeout(giveUp, patienceMs)
      void ask().then((pass) => {
        clearTimeout(timer)
        resolve(pass)
      })
    })
  return {
    pass: () => known ?? (underway ??= askPatiently()),
    dismiss: (worthless) => {
      if (known !== worthless || underway !== undefined) return
      if (performance.now() >= restUntil) known = undefined
    },
  }
}

export type Login = {
  /** Never rejects. */
  pass(): Pass | Promise<Pass>
  /** Says that etcd refused a call with this pass: after a rest, the next `pass` logs in again. */
  dismiss(worthless: Pass): void
}

/** No token and no failure: this cluster has auth off. */
export type Pass = { readonly token: string | undefined; readonly why: Failure | undefined }

const REST_MS = 3000
/** After a wrong password: every try costs the member a slow hash. */
const REFUSED_REST_MS = 60_000

const restAfter = (answer: Result<string>): number =>
  !answer.ok && answer.why.kind === 'denied' ? REFUSED_REST_MS : REST_MS

const tooLate = (patienceMs: number): Pass => ({
  token: undefined,
  why: { kind: 'deadline', text: `logging in: no answer within ${patienceMs} ms` },
})

const AUTH_IS_OFF = /authentication is not enabled/

export const passOf = (answer: Result<string>): Pass => {
  if (answer.ok) return { token: answer.value, why: undefined }
  if (AUTH_IS_OFF.test(answer.why.text)) return { token: undefined, why: undefined }
  return { token: undefined, why: { ...answer.why, text: `logging in: ${answer.why.text}` } }
}
