// Slack's Web API by `emulate`, which is an ES module and so cannot be loaded by Jest: a program of its own, that prints
// its URL and ends with its parent.
import { createEmulator } from 'emulate'

const seed = {
  tokens: { [process.argv[2]]: { login: 'stormwatch' } },
  slack: {
    team: { name: 'Acme', domain: 'acme' },
    users: [{ name: 'stormwatch' }, { name: 'ada' }],
    channels: [{ name: 'ops' }],
  },
}

/** It takes no port 0; ports below 32768 are not given to outgoing sockets. */
const start = async (triesLeft) => {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  try {
    return await createEmulator({ service: 'slack', port, seed })
  } catch (error) {
    if (triesLeft === 0) throw error
    return start(triesLeft - 1)
  }
}

const { url } = await start(10)
process.stdout.write(`${url}\n`)
process.stdin.resume().on('end', () => process.exit(0))
