import { readdir, readFile, readlink } from 'node:fs/promises'

/**
 * Which of these processes dialled from this port of 127.0.0.1, as an index into `pids`; undefined when none is seen to
 * hold it. Raft's connections say who dials in a header, but not all of them, and not under TLS: the kernel always knows.
 */
export const diallerOf = async (
  port: number,
  pids: readonly (number | undefined)[],
): Promise<number | undefined> => {
  const inode = await inodeOf(port)
  if (inode === undefined) return undefined
  for (const [index, pid] of pids.entries())
    if (pid !== undefined && (await holds(pid, `socket:[${inode}]`))) return index
  return undefined
}

/** /proc/net/tcp: `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`, addresses in hex. */
const inodeOf = async (port: number): Promise<string | undefined> => {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const table = await readFile('/proc/net/tcp', 'latin1')
  const row = table.split('\n').find((line) => line.trimStart().split(/\s+/)[1] === local)
  return row?.trimStart().split(/\s+/)[9]
}

const holds = async (pid: number, socket: string): Promise<boolean> => {
  const folder = `/proc/${pid}/fd`
  const fds = await readdir(folder).catch(() => [])
  const links = await Promise.all(fds.map((fd) => readlink(`${folder}/${fd}`).catch(() => '')))
  return links.includes(socket)
}
