import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createResponse, type Progress } from '../../src/cluster/page/response'

type Read = { readonly progress: Progress; readonly body: string }

/** The bytes in pieces of `size`, then the end of the connection where they left the answer open. */
const read = (text: string, size = text.length, { most = 1000 } = {}): Read => {
  const bytes = Buffer.from(text)
  let body = ''
  const response = createResponse({
    status: 200,
    add: (piece) => {
      body += piece.toString()
      return body.length <= most
    },
  })
  for (let at = 0; at < bytes.length; at += size) {
    const progress = response.take(bytes.subarray(at, at + size))
    if (progress.is !== 'more') return { progress, body }
  }
  return { progress: response.close(), body }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const KEPT: Progress = { is: 'whole', isLast: false }
const LAST: Progress = { is: 'whole', isLast: true }

test.each<[string, string, Progress]>([
  ['a length', `${OK}Content-Length: 5\r\n\r\nhello`, KEPT],
  ['chunks', `${CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, KEPT],
  ['chunks with extensions and trailers', `${CHUNKED}5;a=b\r\nhello\r\n0\r\nX: 1\r\n\r\n`, KEPT],
  ['a header in other letters', `${OK}content-LENGTH:5\r\n\r\nhello`, KEPT],
  [
    '100 Continue before it',
    `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    KEPT,
  ],
  ['Connection: close', `${OK}Connection: close\r\nContent-Length: 5\r\n\r\nhello`, LAST],
  [
    'Connection: close among others',
    `${OK}Connection: te, close\r\nContent-Length: 5\r\n\r\nhello`,
    LAST,
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', LAST],
  ['the end of the connection', `${OK}\r\nhello`, LAST],
])('a body by %s is the same in pieces of any size', (_, text, progress) => {
  for (let size = 1; size <= text.length; size++)
    expect(read(text, size)).toEqual({ progress, body: 'hello' })
})

test('chunks of any size, however the size is written, are the body again', () => {
  const size = fc.constantFrom(
    (length: number) => length.toString(16),
    (length: number) => length.toString(16).toUpperCase(),
    (length: number) => length.toString(16).padStart(8, '0'),
    (length: number) => `${length.toString(16)} \t`,
    (length: number) => `${length.toString(16)};name="value"`,
  )
  const chunk = fc.tuple(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 300 }), size)
  fc.assert(
    fc.property(fc.array(chunk), fc.integer({ min: 1, max: 700 }), (chunks, pieces) => {
      const sent = chunks.map(([text, written]) => `${written(text.length)}\r\n${text}\r\n`)
      const told = read(`${CHUNKED}${sent.join('')}0\r\n\r\n`, pieces, { most: Infinity })
      expect(told).toEqual({ progress: KEPT, body: chunks.map(([text]) => text).join('') })
    }),
  )
  expect(read(`${CHUNKED}000000005\r\nhello\r\n0\r\n\r\n`).progress).toMatchObject({
    is: 'malformed',
  })
})

test('bytes after an answer make it the last of its connection', () => {
  expect(read(`${OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK`).progress).toEqual(LAST)
  expect(read(`${CHUNKED}5\r\nhello\r\n0\r\n\r\nmore`)).toEqual({ progress: LAST, body: 'hello' })
})

test('no body is one', () => {
  expect(read(`${OK}Content-Length: 0\r\n\r\n`)).toEqual({ progress: KEPT, body: '' })
  expect(read(`${CHUNKED}0\r\n\r\n`)).toEqual({ progress: KEPT, body: '' })
})

test.each([
  ['nothing', ''],
  ['headers', `${OK}Content-`],
  ['a length', `${OK}Content-Length: 5\r\n\r\nhell`],
  ['a chunk', `${CHUNKED}5\r\nhel`],
  ['the size of a chunk', `${CHUNKED}5\r\nhello\r\n`],
  ['the last empty line', `${CHUNKED}5\r\nhello\r\n0\r\n`],
])('what breaks off inside %s is cut off', (_, text) => {
  expect(read(text).progress).toEqual({ is: 'cut-off' })
})

test('another status is refused, with where it leads to, before any body is read', () => {
  const moved = 'HTTP/1.1 302 Found\r\nLocation: http://else/\r\nContent-Length: 5\r\n\r\nhello'
  expect(read(moved, 7)).toMatchObject({
    progress: { is: 'refused', status: 302, location: 'http://else/' },
    body: '',
  })
})

test.each([
  ['another protocol', '220 mail.example ESMTP\r\n'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
  ['headers without end', `${OK}${'X: y\r\n'.repeat(5000)}`],
  ['a chunk without its size', `${CHUNKED}hello\r\n`],
  ['a chunk that is longer than it says', `${CHUNKED}3\r\nhello\r\n0\r\n\r\n`],
  ['the size of a chunk without end', CHUNKED + '0'.repeat(10_000)],
])('%s is malformed, in pieces too', (_, text) => {
  for (const size of [1, 10, text.length]) expect(read(text, size).progress.is).toBe('malformed')
})

test('a body that is not wanted any more is too large, by length and by chunks', () => {
  expect(read(`${OK}Content-Length: 9\r\n\r\n123456789`, 4, { most: 5 }).progress.is).toBe(
    'too-large',
  )
  expect(read(`${CHUNKED}9\r\n123456789\r\n`, 4, { most: 5 }).progress.is).toBe('too-large')
})
