/** `npm run shipped`: the image's stages and the packed package, built and run from clean folders. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/test/shipped/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
}
