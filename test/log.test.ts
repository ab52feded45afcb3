import { expect, test } from '@jest/globals'
import { createLog } from '../src/log'
import { secretsIn } from '../src/secrets'

const said = (secrets: readonly string[], say: (log: ReturnType<typeof createLog>) => void) => {
  const lines: string[] = []
  say(createLog(secrets, (line) => void lines.push(line)))
  return lines
}

test('an event is one line of JSON with its time and its name', () => {
  const lines = said([], ({ info }) => info({ event: 'started', text: 'two\nlines' }, 'it runs'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/\n$/)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    event: 'started',
    text: 'two\nlines',
    msg: 'it runs',
  })
})

test.each([
  ['as it is', 'canary-secret', 'connect canary-secret failed'],
  ['as JSON writes it', 'canary"secret\\x', 'connect canary"secret\\x failed'],
  ['as a URL writes it', 'canary/secret+1', 'https://h/canary%2Fsecret%2B1'],
])('a secret does not leave, %s', (_, secret, text) => {
  const nested = { event: 'fault', error: { cause: { message: text } }, list: [text] }
  const [line = ''] = said([secret], ({ error }) => error(nested, text))
  expect(line).not.toContain('secret\\\\x')
  expect(line).not.toContain('canary')
  expect(JSON.parse(line)).toMatchObject({
    event: 'fault',
    msg: expect.stringContaining('[secret]'),
  })
})

test('the password of an error that carries its command does not leave', () => {
  const error = Object.assign(new Error('WRONGPASS'), { command: { args: ['canary-pass'] } })
  const secrets = secretsIn(['REDIS_URL'], { REDIS_URL: 'redis://u:canary-pass@h:1' })
  const [line = ''] = said(secrets, (log) => log.error({ event: 'x', err: error }, 'failed'))
  expect(line).toContain('WRONGPASS')
  expect(line).not.toContain('canary')
})

test('secrets are found in the environment, in files, and in URLs as written and as meant', () => {
  const env = { A: 'aaaaaaaa', B_FILE: '/nowhere', REDIS_URL: 'redis://u:p%40ss-word@h:1' }
  expect(secretsIn(['A', 'B', 'C', 'REDIS_URL'], env)).toEqual([
    'aaaaaaaa',
    'redis://u:p%40ss-word@h:1',
    'p%40ss-word',
    'p@ss-word',
  ])
})

test('a word too short to be a secret is left alone', () => {
  expect(said(['a'], ({ info }) => info({ event: 'a' }, 'a'))[0]).toContain('"event":"a"')
})
