import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { EXPLAIN_SHORTCUT } from '../../src/slack/storm/buttons'
import { NOTE_SHORTCUT } from '../../src/slack/handoff/buttons'

type Manifest = {
  readonly display_information: { name: string; description: string; long_description: string }
  readonly features: {
    bot_user: { display_name: string }
    app_home: Record<string, boolean>
    shortcuts: { name: string; type: string; callback_id: string; description: string }[]
    slash_commands: {
      command: string
      description: string
      usage_hint: string
      should_escape: boolean
      url?: string
    }[]
  }
  readonly oauth_config: { scopes: { bot: string[]; bot_optional: string[] } }
  readonly settings: {
    event_subscriptions: { request_url?: string; bot_events: string[] }
    interactivity: { is_enabled: boolean; request_url?: string }
    org_deploy_enabled: boolean
    socket_mode_enabled: boolean
    token_rotation_enabled: boolean
  }
}

const textOf = (mode: string): string =>
  readFileSync(join(__dirname, `../../config/manifest.${mode}.yaml`), 'utf8')
const manifestOf = (mode: string): Manifest => parse(textOf(mode)) as Manifest

describe.each(['http', 'socket'])('the manifest of %s mode', (mode) => {
  const { display_information: shown, features, oauth_config, settings } = manifestOf(mode)

  test('keeps Slack’s limits', () => {
    expect(shown.name.length).toBeLessThanOrEqual(35)
    expect(shown.description.length).toBeLessThanOrEqual(140)
    expect(shown.long_description.length).toBeGreaterThanOrEqual(174)
    expect(shown.long_description.length).toBeLessThanOrEqual(4000)
    expect(features.bot_user.display_name.length).toBeLessThanOrEqual(80)
    expect(features.slash_commands.length).toBeLessThanOrEqual(50)
  })

  test('has one command, with a short hint, whose mentions are escaped', () => {
    const [command] = features.slash_commands
    expect(command).toMatchObject({ command: '/etcd', should_escape: true })
    expect(command?.usage_hint.length).toBeLessThanOrEqual(60)
    expect(command?.description.length).toBeLessThanOrEqual(100)
  })

  test('has buttons, and two shortcuts for messages that keep Slack’s limits', () => {
    expect(settings.interactivity.is_enabled).toBe(true)
    expect(features.shortcuts).toMatchObject([
      { type: 'message', callback_id: EXPLAIN_SHORTCUT },
      { type: 'message', callback_id: NOTE_SHORTCUT },
    ])
    for (const { name, description } of features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24)
      expect(description.length).toBeLessThanOrEqual(150)
    }
  })

  test('has a Home, and messages that nobody writes: without that tab no draft arrives', () => {
    expect(features.app_home).toEqual({
      home_tab_enabled: true,
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: true,
    })
  })

  test('asks for the least, and says beside each scope what for', () => {
    const { bot, bot_optional } = oauth_config.scopes
    expect(bot).toEqual(['commands', 'chat:write', 'app_mentions:read'])
    expect(bot_optional).toEqual([
      'channels:history',
      'groups:history',
      'usergroups:read',
      'im:write',
      'im:history',
    ])
    for (const scope of [...bot, ...bot_optional]) expect(textOf(mode)).toMatch(`- ${scope} # `)
    expect(settings.event_subscriptions.bot_events).toEqual(['app_mention', 'app_home_opened'])
  })

  test('neither rotates tokens nor installs for a whole organisation', () => {
    expect(settings).toMatchObject({ token_rotation_enabled: false, org_deploy_enabled: false })
  })
})

test('with the socket no URL is given, without it every URL is the receiver’s', () => {
  const urls = (mode: string): (string | undefined)[] => {
    const { features, settings } = manifestOf(mode)
    return [
      ...features.slash_commands.map(({ url }) => url),
      settings.event_subscriptions.request_url,
      settings.interactivity.request_url,
    ]
  }
  expect(manifestOf('socket').settings.socket_mode_enabled).toBe(true)
  expect(urls('socket')).toEqual([undefined, undefined, undefined])
  expect(manifestOf('http').settings.socket_mode_enabled).toBe(false)
  for (const url of urls('http')) expect(url).toMatch(/^https:\/\/[^/]+\/slack\/events$/)
})

test('both are the same app but for that', () => {
  const bare = (mode: string): string =>
    JSON.stringify(manifestOf(mode), (key, value: unknown) =>
      ['url', 'request_url', 'socket_mode_enabled'].includes(key) ? undefined : value,
    )
  expect(bare('http')).toBe(bare('socket'))
})
