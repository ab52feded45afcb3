import { describe, expect, test } from '@jest/globals'
import { boltLogger, redactorOf } from '../../src/slack/log'
import { afterMention, wordsOf } from '../../src/slack/asking/request'
import { logTo } from '../support/face'

describe('what somebody typed', () => {
  test.each([
    ['status prod', ['status', 'prod'], false],
    ['  status\u00a0 prod\n', ['status', 'prod'], false],
    ['status --share prod', ['status', 'prod'], true],
    ['status prod —share', ['status', 'prod'], true],
    ['status prod –SHARE', ['status', 'prod'], true],
    ['explain a &lt;b&gt; &amp;amp;', ['explain', 'a', '<b>', '&amp;'], false],
    ['', [], false],
  ])('%j', (text, words, share) => {
    expect(wordsOf(text)).toEqual({ words, share })
  })

  test.each([
    ['<@UBOT> status', 'UBOT', ' status'],
    ['hey <@UBOT|stormwatch> status', 'UBOT', ' status'],
    ['<@U1> ask <@UBOT> status <@U2>', 'UBOT', ' status <@U2>'],
    ['<@UBOT> status', undefined, ' status'],
    ['status', 'UBOT', 'status'],
  ])('after the mention in %j', (text, bot, rest) => {
    expect(afterMention(text, bot)).toBe(rest)
  })
})

describe('the log', () => {
  const redact = redactorOf({ signingSecret: 'hush', botToken: 'xoxb-1', appToken: '' })

  test.each([
    ['the secret hush stays', 'the secret [secret] stays'],
    ['token xoxp-12-ab and xapp-1-A-2', 'token [token] and [token]'],
    ['at https://hooks.slack.com/commands/T1/2/abc!', 'at https://hooks.slack.com/…'],
    ['wss://u:p@wss.slack.com:443/link?ticket=1 broke', 'wss://wss.slack.com:443/… broke'],
    ['nothing to hide', 'nothing to hide'],
  ])('%s', (text, clean) => {
    expect(redact(text)).toBe(clean)
  })

  test('of Bolt keeps texts and errors, and drops debug lines and payloads', () => {
    const lines: string[] = []
    const logger = boltLogger(logTo(lines), redact)
    logger.debug('payload', { text: 'private' })
    logger.warn('failed:', new Error('fetch failed', { cause: new Error('hush') }), {
      body: 'private',
    })
    expect(lines).toEqual([
      '{"level":"warn","from":"bolt","text":"failed: fetch failed: [secret]"}',
    ])
  })
})
