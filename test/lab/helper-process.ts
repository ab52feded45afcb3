import { fork } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A TypeScript program of this folder in a process of its own that takes orders and ends with us. */
export type Helper<Act> = {
  /** Resolves, with what the program answers, when the order was carried out. */
  order(act: Act): Promise<unknown>
  close(): Promise<void>
}

type Order = { readonly id: number }
type Answer = { readonly id: number; readonly error?: string; readonly result?: unknown }

export const startHelper = <Act extends object>(file: string): Helper<Act> => {
  const child = fork(join(__dirname, file), {
    execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href],
    // A session of its own: Ctrl-C on a terminal reaches only us.
    detached: true,
  })
  const waiting = new Map<number, (answer: Omit<Answer, 'id'>) => void>()
  let orders = 0
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  void gone.then(() => {
    for (const answer of waiting.values()) answer({ error: `${file} has ended` })
  })

  const order = (act: Act): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++orders
      waiting.set(id, ({ error, result }) => {
        waiting.delete(id)
        if (error === undefined) resolve(result)
        else reject(new Error(`${file}: ${error}`))
      })
      child.send({ ...act, id }, (failed) => {
        if (failed !== null) waiting.get(id)?.({ error: failed.message })
      })
    })

  return {
    order,
    close: () => {
      if (child.connected) child.disconnect()
      return gone
    },
  }
}

/** The other side, in the program: carries out one order after the other comes, and ends with the parent. */
export const obeyParent = <Act extends object>(obey: (act: Act) => Promise<unknown>): void => {
  process.on('message', (order: Act & Order) => {
    void obey(order).then(
      (result) => process.send?.({ id: order.id, result }),
      (error: unknown) => process.send?.({ id: order.id, error: String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}
