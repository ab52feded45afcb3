import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/package'
import { direct, mistakes, production, PURPOSE, withDependencies } from './dependencies'

/**
 * `npm run dependencies`: prints what each production dependency is for, writes docs/dependencies.md anew, and ends with 1 when
 * one is unused, unexplained, or under a licence that nobody looked at.
 */
const file = join(packageRoot(), 'docs', 'dependencies.md')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

writeFileSync(file, withDependencies(readFileSync(file, 'utf8')))
for (const name of direct()) say(`${name.padEnd(26)} ${PURPOSE[name] ?? '?'}`)
say(`${production().length} packages in all; docs/dependencies.md lists them by licence`)
for (const mistake of mistakes()) say(`wrong: ${mistake}`)
process.exitCode = mistakes().length === 0 ? 0 : 1
