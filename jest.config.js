/** Tests mirror the tree. The lab, the faults and the bench are programs, not tests: they have scripts of their own. */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Minutes of real faults: npm run live. What needs helm and promtool: npm run chart.
  // What builds anew: npm run shipped
  testPathIgnorePatterns: [
    '/node_modules/',
    '/test/lab/live\\.test\\.ts$',
    '/test/chart/',
    '/test/shipped/',
  ],
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
