/** Suites run as Node's own ES modules; Node strips the types. */
export default {
  runtime: '<rootDir>/test/support/jest/runtime.js',
  testEnvironment: '<rootDir>/test/support/jest/environment.js',
  transform: {},
  roots: ['<rootDir>/test'],
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  testMatch: ['**/*.test.ts'],
  testSequencer: '<rootDir>/test/sequencer.js',
  // Flows wait most of their time: five of them at once leave a third of two processors idle.
  maxWorkers: 5,
  // Each wait has a limit of its own, which is shorter.
  testTimeout: 300_000,
};
