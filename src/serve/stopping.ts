import { whyOf, type Log } from '../log'

/** The first signal asks to stop, a second one ends at once. A rejection that nobody handled ends with a line. */
export const stopSignal = (log: Log): { asked: Promise<number>; deaf: (why: string) => void } => {
  let stop: (code: number) => void = () => undefined
  const asked = new Promise<number>((resolve) => (stop = resolve))
  const onSignal = (signal: string): void => {
    log.info({ event: 'stopping', signal }, 'finishing the work under way')
    process.once(signal, () => process.exit(1))
    stop(0)
  }
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  process.on('unhandledRejection', (reason) => {
    log.fatal({ event: 'unhandled', why: whyOf(reason) }, 'this must not happen; leaving')
    process.exit(1)
  })
  const deaf = (why: string): void => {
    log.error({ event: 'deaf', why }, 'Slack cannot be heard; leaving so that a restart heals it')
    stop(1)
  }
  return { asked, deaf }
}
