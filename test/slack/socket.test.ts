import { afterEach, describe, expect, test } from '@jest/globals'
import { answerOf, startedFace, until, type FaceOptions, type StartedFace } from '../support/face'
import type { Script } from '../support/fake-slack'
import { fakeSocket, type FakeSocket } from '../support/fake-socket'
import { mentionBody } from '../support/slack'

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  closing = []
})

const TIMING = { retryMs: 20, retryMostMs: 50, checkEveryMs: 30, helloWithinMs: 300, callMs: 200 }

type Options = FaceOptions & { readonly before?: (socket: FakeSocket) => void }

const faceFor = async ({ before, script, deps, ...options }: Options = {}): Promise<{
  face: StartedFace
  socket: FakeSocket
}> => {
  const socket = await fakeSocket()
  closing.push(socket.close)
  before?.(socket)
  const opens: Script = (call, nth) =>
    script?.(call, nth) ?? (call.name === 'apps.connections.open' ? socket.opened() : undefined)
  const face = await startedFace({
    slack: { mode: 'socket' },
    script: opens,
    ...options,
    deps: { timing: TIMING, ...deps },
  })
  closing.push(face.close)
  return { face, socket }
}

const connected = (face: StartedFace): Promise<void> => until(() => face.face.state().connected)

describe('Socket Mode', () => {
  test('a slash command is acknowledged by its envelope and answered by its response_url', async () => {
    const { face, socket } = await faceFor()
    await connected(face)
    const id = socket.command({ text: 'status prod', response_url: face.fake.responseUrl('r') })
    await socket.acked(id)
    const [call] = await face.fake.waitFor('response/r')
    expect(call?.body).toMatchObject({ response_type: 'ephemeral' })
    expect((await face.audited())[0]).toMatchObject({ outcome: 'answered', cluster: 'prod' })
  })

  test('a mention is answered in its thread', async () => {
    const { face, socket } = await faceFor()
    await connected(face)
    const id = socket.event(mentionBody({ text: '<@UBOT> status', thread_ts: '1.1' }))
    await socket.acked(id)
    const [call] = await face.fake.waitFor('chat.postMessage')
    expect(call?.body).toMatchObject({ thread_ts: '1.1' })
  })

  test('an envelope that comes twice is acknowledged twice and answered once', async () => {
    const { face, socket } = await faceFor()
    await connected(face)
    const fields = { text: 'status', response_url: face.fake.responseUrl('r'), trigger_id: 'same' }
    const id = socket.command(fields)
    socket.command(fields, id)
    await socket.acked(id, 2)
    await until(() => face.lines.join().includes('same delivery'))
    expect(await face.audited()).toHaveLength(1)
  })

  test('a dropped socket is said, replaced, and serves again', async () => {
    const { face, socket } = await faceFor()
    await connected(face)
    socket.newest().terminate()
    await until(() => !face.face.state().connected)
    expect(face.face.state().why).toContain('socket')
    await socket.connections(2)
    await connected(face)
    socket.command({ text: 'status', response_url: face.fake.responseUrl('again') })
    expect(await face.fake.waitFor('response/again')).toHaveLength(1)
  })

  test('an answer under way when the socket drops still arrives', async () => {
    const { face, socket } = await faceFor({
      dispatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 150))
        return { command: 'status', answer: answerOf() }
      },
    })
    await connected(face)
    await socket.acked(socket.command({ text: 'status', response_url: face.fake.responseUrl('r') }))
    socket.newest().terminate()
    expect(await face.fake.waitFor('response/r')).toHaveLength(1)
  })

  test('a refresh (Slack says disconnect) is followed by a new connection', async () => {
    const { face, socket } = await faceFor()
    await connected(face)
    socket.newest().send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }))
    await socket.connections(2)
    await connected(face)
    expect(socket.sockets).toHaveLength(2)
  })

  test('without a hello the socket is given up and another one is tried', async () => {
    const { face, socket } = await faceFor({ before: ({ manners }) => (manners.hello = false) })
    await socket.connections(2)
    expect(face.face.state().why).toContain('no hello')
    socket.manners.hello = true
    await connected(face)
  })

  test.each([
    ['500', { status: 500, text: 'x' }],
    ['a refusal', { json: { ok: false, error: 'invalid_auth' } }],
    ['429', { status: 429, headers: { 'retry-after': '30' } }],
    ['a hang', 'hang' as const],
    ['a reset', 'reset' as const],
  ])('%s at the start: the bot lives, says why, and connects later', async (_name, reply) => {
    const { face } = await faceFor({
      script: ({ name }, nth) => (name === 'apps.connections.open' && nth < 3 ? reply : undefined),
    })
    await face.fake.waitFor('apps.connections.open', 2)
    expect(face.face.state().connected).toBe(false)
    await connected(face)
  })

  test('500 on a reconnect does not make it deaf', async () => {
    const { face, socket } = await faceFor({
      script: ({ name }, nth) =>
        name === 'apps.connections.open' && nth > 0 && nth < 4
          ? { status: 500, text: 'x' }
          : undefined,
    })
    await connected(face)
    socket.newest().terminate()
    await face.fake.waitFor('apps.connections.open', 5)
    await connected(face)
    expect(socket.sockets).toHaveLength(2)
  })

  test('a Slack that hangs up after each hello is not hammered', async () => {
    const { face, socket } = await faceFor({
      deps: { timing: { ...TIMING, retryMs: 100, retryMostMs: 400 } },
    })
    const timer = setInterval(() => socket.sockets.forEach((one) => one.terminate()), 5)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    clearInterval(timer)
    expect(face.fake.of('apps.connections.open').length).toBeLessThan(8)
  })

  test('no line of the log shows a token or the socket’s ticket', async () => {
    const { face, socket } = await faceFor({
      script: ({ name }, nth) =>
        name === 'apps.connections.open' && nth === 1 ? 'reset' : undefined,
    })
    await connected(face)
    socket.newest().terminate()
    await socket.connections(2)
    await connected(face)
    expect(face.lines.length).toBeGreaterThan(1)
    expect(face.lines.join()).not.toContain('canary')
  })

  test('stopping finishes work under way, then leaves', async () => {
    const { face, socket } = await faceFor({
      dispatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 200))
        return { command: 'status', answer: answerOf() }
      },
    })
    await connected(face)
    await socket.acked(socket.command({ text: 'status', response_url: face.fake.responseUrl('r') }))
    expect(await face.face.stop(5000)).toBe(0)
    expect(face.fake.of('response/r')).toHaveLength(1)
    expect(face.face.state().connected).toBe(false)
  })
})

describe('the watchdog', () => {
  const deaf = async (
    script: Script,
  ): Promise<{ face: StartedFace; socket: FakeSocket; whys: string[] }> => {
    const whys: string[] = []
    const made = await faceFor({
      script,
      deps: { timing: { ...TIMING, deafAfterMs: 300 }, onDeaf: (why) => void whys.push(why) },
    })
    return { ...made, whys }
  }

  test('deaf for too long while Slack answers: main is told', async () => {
    const { face, socket, whys } = await deaf(({ name }, nth) =>
      name === 'apps.connections.open' && nth > 0
        ? { json: { ok: false, error: 'internal_error' } }
        : undefined,
    )
    await connected(face)
    expect(whys).toEqual([])
    socket.newest().terminate()
    await until(() => whys.length > 0)
    expect(whys[0]).toMatch(/deaf for 300 ms .*internal_error/)
  })

  test('an idle connection is healthy', async () => {
    const { face, whys } = await deaf(() => undefined)
    await connected(face)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(whys).toEqual([])
  })

  test('Slack down altogether: the bot lives on', async () => {
    const { face, whys } = await deaf(() => ({ status: 503, text: 'down' }))
    await new Promise((resolve) => setTimeout(resolve, 900))
    expect(whys).toEqual([])
    expect(face.face.state().connected).toBe(false)
  })
})
