/** `npm run live`: faults as they happen, one cluster at a time. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/test/lab/live.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 180_000,
}
