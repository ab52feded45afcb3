/** `npm run chart`: what needs helm, Kubernetes' schemas or promtool. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/test/chart/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
}
