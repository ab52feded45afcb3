import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { emulatedSlack, type EmulatedSlack } from '../support/emulated-slack'
import { answerOf, SECRETS, startedFace, type FaceOptions, type StartedFace } from '../support/face'
import { mentionBody, signed } from '../support/slack'

/** Posts, threads and edits against an emulation of Slack that keeps them. */

let slack: EmulatedSlack
let channel: string
let bot: string
let team: string
beforeAll(async () => {
  slack = await emulatedSlack(SECRETS.botToken)
  channel = await slack.channelId('ops')
  const who = await slack.call('auth.test')
  bot = String(who['user_id'])
  team = String(who['team_id'])
})
afterAll(() => slack.close())

const withFace = async (
  options: FaceOptions,
  use: (face: StartedFace) => Promise<void>,
): Promise<void> => {
  const face = await startedFace({ slack: { apiUrl: slack.apiUrl }, ...options })
  try {
    await face.known()
    await use(face)
  } finally {
    await face.close()
  }
}

type Posted = { readonly text: string; readonly thread_ts?: string; readonly blocks?: object[] }

const mentioned = async (face: StartedFace, text: string): Promise<readonly Posted[]> => {
  const { ts } = await slack.call('chat.postMessage', { channel, text })
  const body = JSON.stringify(mentionBody({ text, channel, ts: String(ts), team_id: team }))
  await fetch(
    face.url(),
    signed(body, { secret: SECRETS.signingSecret, contentType: 'application/json' }),
  )
  await face.audited()
  const { messages } = await slack.call('conversations.replies', { channel, ts: String(ts) })
  return (messages as Posted[]).slice(1)
}

test('the bot learns who it is', () =>
  withFace({}, async (face) => {
    expect(face.face.state()).toEqual({ connected: true, inFlight: 0 })
    expect(face.lines.join()).toContain(bot)
  }))

test('a mention is answered in its thread, with a table', () =>
  withFace(
    {
      dispatch: async () => ({
        command: 'status',
        answer: answerOf({
          tables: [
            {
              title: 'Members',
              columns: [{ title: 'Member', align: 'left' }],
              rows: [[{ text: 'm1' }]],
            },
          ],
        }),
      }),
    },
    async (face) => {
      const answers = await mentioned(face, `<@${bot}> status prod`)
      expect(answers).toHaveLength(1)
      expect(answers[0]?.text).toContain('prod is well')
      expect(JSON.stringify(answers[0]?.blocks)).toContain('"type":"table"')
      expect(face.audits[0]).toMatchObject({ outcome: 'answered', team })
    },
  ))

test('a slow answer replaces its line of progress', () =>
  withFace(
    {
      dispatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 150))
        return { command: 'status', answer: answerOf() }
      },
      deps: { timing: { progressAfterMs: 10 } },
    },
    async (face) => {
      const answers = await mentioned(face, `<@${bot}> status prod`)
      expect(answers.map(({ text }) => text.includes('prod is well'))).toEqual([true])
    },
  ))

test('a channel that is gone is a failure in the audit, and the bot lives', () =>
  withFace({}, async (face) => {
    const body = JSON.stringify(
      mentionBody({ text: `<@${bot}> status`, channel: 'C404', team_id: team }),
    )
    await fetch(
      face.url(),
      signed(body, { secret: SECRETS.signingSecret, contentType: 'application/json' }),
    )
    expect((await face.audited())[0]).toMatchObject({
      outcome: 'failed',
      why: 'not delivered: channel_not_found',
    })
  }))
