import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { mistakes, production, used, withDependencies } from './dependencies'

test('every production dependency is used, explained, and under a licence that obliges to nothing', () => {
  expect(mistakes()).toEqual([])
  expect(used()).toContain('etcd3')
  expect(production().map(({ name }) => name)).not.toContain('jest')
})

test('the list of dependencies is current (npm run dependencies)', () => {
  const text = readFileSync('docs/dependencies.md', 'utf8')
  expect(text).toBe(withDependencies(text))
})

test('the lock file names no registry and has a checksum for every package', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string }>
  }
  const entries = Object.entries(packages).filter(([path]) => path !== '')
  expect(entries.filter(([, { integrity }]) => integrity === undefined)).toEqual([])
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})

test('versions of direct dependencies are exact', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Record<string, Record<string, string>>
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})
