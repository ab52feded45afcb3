import { expect, test } from '@jest/globals'
import { createShares } from '../../src/watch/shares'

const NAMES = Array.from({ length: 30 }, (_, i) => `c${i}`)

/** The shares of each of so many replicas, on a clock that the test sets. */
const replicas = (count: number) => {
  const clock = { now: 0 }
  const shares = Array.from({ length: count }, (_, position) =>
    createShares({ position: () => position, count: () => count }, () => clock.now),
  )
  return { clock, shares }
}

test.each([1, 2, 3, 4, 7])(
  'each cluster is one replica’s of %i, and no share is larger',
  (count) => {
    const { shares } = replicas(count)
    for (const one of shares) one.begin(NAMES, 0)
    for (const name of NAMES) expect(shares.filter((one) => one.isOurs(name))).toHaveLength(1)
    const sizes = shares.map((one) => NAMES.filter(one.isOurs).length)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  },
)

test('who holds too much gives a tenth of it in a period, of what falls to others', () => {
  const [first] = replicas(3).shares
  first?.begin(NAMES, 30) // a share is 10
  const given = NAMES.filter((name) => first?.gives(name))
  expect(given).toHaveLength(2)
  expect(given.filter((name) => first?.isOurs(name))).toEqual([])
})

test.each([
  ['its share', 10],
  ['less', 3],
])('who holds %s gives nothing', (_, held) => {
  const [first] = replicas(3).shares
  first?.begin(NAMES, held)
  expect(NAMES.filter((name) => first?.gives(name))).toEqual([])
})

test('what came back is kept for a minute', () => {
  const { clock, shares } = replicas(2)
  const [first] = shares
  const names = ['a', 'b']
  const gives = (): boolean => {
    first?.begin(names, 2)
    return first?.gives('b') === true
  }
  expect([gives(), gives()]).toEqual([true, false])
  clock.now = 60_000
  expect(gives()).toBe(true)
})
