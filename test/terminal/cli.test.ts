import { expect, test } from '@jest/globals'
import type { Config } from '../../src/config'
import { loadConfig } from '../../src/config/load'
import type { Answer } from '../../src/diagnosis/answer'
import { runCli, type TerminalDeps } from '../../src/terminal/cli'

const answerWith = (severity: Answer['severity']): Answer => ({
  at: 0,
  state: 'calm',
  severity,
  headline: 'It is so.',
  facts: [],
  tables: [],
  findings: [],
  unseen: [],
  action: undefined,
  json: { severity },
})

const run = async (args: readonly string[], over: Partial<TerminalDeps> = {}) => {
  const said = { out: '', err: '' }
  const code = await runCli(args, {
    version: '1.2.3',
    env: {},
    out: { write: (text) => (said.out += text) },
    err: { write: (text) => (said.err += text) },
    loadConfig: (): Config => loadConfig('config/clusters.example.yaml', {}),
    ask: () => Promise.resolve(answerWith('ok')),
    record: () => Promise.resolve(1),
    readInput: () => Promise.resolve('piped'),
    replay: () => Promise.resolve(answerWith('ok')),
    serve: () => Promise.resolve(0),
    ...over,
  })
  return { code, ...said }
}

test.each([
  ['ok', 0],
  ['warning', 1],
  ['critical', 2],
  ['unknown', 3],
] as const)('an answer that is %s exits with %d', async (severity, code) => {
  const ran = await run(['status'], { ask: () => Promise.resolve(answerWith(severity)) })
  expect(ran.code).toBe(code)
})

test('--json prints the JSON and nothing else', async () => {
  expect(JSON.parse((await run(['status', 'prod', '--json'])).out)).toEqual({ severity: 'ok' })
})

test('--json gives a terminal nothing to obey, and programs the same', async () => {
  const json = { name: 'm1\u009b31m\u202e\u007f\u001b[2J é' }
  const ask = () => Promise.resolve({ ...answerWith('ok'), json })
  const { out } = await run(['status', '--json'], { ask })
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  expect(out).toContain('é')
  expect(JSON.parse(out)).toEqual(json)
})

test('the words reach the subcommand without the options', async () => {
  let got: readonly string[] = []
  await run(['status', '--json', 'prod', '--config', 'x.yaml'], {
    ask: (_config, words) => {
      got = words
      return Promise.resolve(answerWith('ok'))
    },
  })
  expect(got).toEqual(['status', 'prod'])
})

test.each([
  [['--config', 'a.yaml'], {}, 'a.yaml'],
  [[], { STORMWATCH_CONFIG: 'b.yaml' }, 'b.yaml'],
  [[], {}, 'clusters.yaml'],
])('the configuration comes from %j and %j: %s', async (options, env, file) => {
  let asked = ''
  await run(['status', ...options], {
    env,
    loadConfig: (name) => {
      asked = name
      return loadConfig('config/clusters.example.yaml', {})
    },
  })
  expect(asked).toBe(file)
})

test('an unknown option names those that there are', async () => {
  const ran = await run(['status', '--jsn'])
  expect(ran.code).toBe(3)
  expect(ran.err).toContain('--jsn')
  expect(ran.err).toContain('--json')
})

test('a broken configuration is a sentence on stderr and exit code 3', async () => {
  const ran = await run(['status'], {
    loadConfig: () => {
      throw new Error('clusters.yaml has a mistake')
    },
  })
  expect(ran).toEqual({ code: 3, out: '', err: 'stormwatch: clusters.yaml has a mistake\n' })
})

test('version and help are asked for in any place', async () => {
  expect((await run(['--version'])).out).toBe('stormwatch 1.2.3\n')
  expect((await run(['status', '--help'])).out).toContain('Exit codes')
  expect((await run([])).out).toContain('stormwatch status')
})

test('check-config names the clusters that it found', async () => {
  expect((await run(['check-config', 'x.yaml'])).out).toBe(
    'x.yaml is good: 1 cluster: prod (3 endpoints)\n',
  )
})

test('progress goes to a terminal only, and is wiped before the answer', async () => {
  const ask: TerminalDeps['ask'] = (_config, _words, onProgress) => {
    onProgress('looking')
    return Promise.resolve(answerWith('ok'))
  }
  let shown = ''
  const tty = { write: (text: string) => (shown += text), isTTY: true }
  await run(['status'], { ask, err: tty })
  expect(shown).toMatch(/looking.*\r/su)
  expect((await run(['status'], { ask })).err).toBe('')
})

test('a handoff is Markdown, and its options reach it as from Slack', async () => {
  let got: readonly string[] = []
  const ran = await run(['handoff', 'prod', '--hours', '12', '--to=2026-11-21T08:00'], {
    ask: (_config, words) => {
      got = words
      const tables = [{ title: 'Clusters', columns: [], rows: [] }]
      return Promise.resolve({ ...answerWith('ok'), tables })
    },
  })
  expect(got).toEqual(['handoff', 'prod', '--hours=12', '--to=2026-11-21T08:00'])
  expect(ran.out).toBe('## It is so.\n')
  expect((await run(['handoff'])).out).not.toContain('##')
  expect((await run(['status', '--markdown'])).out).toBe('## It is so.\n')
})
