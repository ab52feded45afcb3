import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A TypeScript program of this folder in a process of its own that takes orders and ends with us. */
export type Helper<Act> = {
  readonly pid: number
  /** Resolves when the order was carried out. */
  order(act: Act): Promise<void>
  /** Undefined until the helper has said something of its own. */
  lastWord(): unknown
  close(): Promise<void>
}

type Answer = { readonly id?: number; readonly error?: string; readonly word?: unknown }

export const startHelper = <Act extends object>(file: string): Helper<Act> => {
  const child = fork(join(__dirname, file), {
    execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
    // A session of its own: Ctrl-C on a terminal reaches only us.
    detached: true,
  })
  const waiting = new Map<number, (answer: Answer) => void>()
  let last: unknown
  let orders = 0
  child.on('message', (answer: Answer) => {
    if (answer.id === undefined) last = answer.word
    else waiting.get(answer.id)?.(answer)
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void gone.then(() => {
    for (const answer of waiting.values()) answer({ error: `${file} has ended` })
  })

  const order = (act: Act): Promise<void> =>
    new Promise((resolve, reject) => {
      const id = ++orders
      waiting.set(id, ({ error }) => {
        waiting.delete(id)
        if (error === undefined) resolve()
        else reject(new Error(`${file}: ${error}`))
      })
      child.send({ ...act, id })
    })

  return {
    pid: pidOf(child, file),
    order,
    lastWord: () => last,
    close: () => {
      if (child.connected) child.disconnect()
      return gone
    },
  }
}

const pidOf = (child: ChildProcess, file: string): number => {
  if (child.pid === undefined) throw new Error(`Cannot start ${file}`)
  return child.pid
}
