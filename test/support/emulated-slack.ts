import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'

/** A Slack workspace by `emulate`: real posts, threads and edits, without commands, sockets and limits. */
export const emulatedSlack = async (token: string) => {
  const child = spawn(process.execPath, [join(__dirname, 'emulate.mjs'), token], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`emulate ended with ${code}`)))
  })
  const call = async (method: string, fields: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(fields),
    })
    return (await response.json()) as Record<string, unknown>
  }
  return {
    apiUrl: `${url}/api/`,
    call,
    channelId: async (name: string): Promise<string> => {
      const { channels } = await call('conversations.list')
      const found = (channels as { id: string; name: string }[]).find((one) => one.name === name)
      if (found === undefined) throw new Error(`no channel ${name}`)
      return found.id
    },
    close: async (): Promise<void> => {
      child.stdin.end()
      await ended
    },
  }
}

export type EmulatedSlack = Awaited<ReturnType<typeof emulatedSlack>>
