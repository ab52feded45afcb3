/** Tests mirror the tree. The lab, the faults and the bench are programs, not tests: they have scripts of their own. */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Minutes of real faults: npm run live
  testPathIgnorePatterns: ['/node_modules/', '/test/lab/live\\.test\\.ts$'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  coverageProvider: 'v8',
  maxWorkers: 2,
  testTimeout: 30000,
}
