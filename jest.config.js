/** Tests run as native ES modules; swc only strips the types. */
export default {
  testEnvironment: 'node',
  // What the package exports is tested as source.
  testEnvironmentOptions: { customExportConditions: ['lastcall-source', 'node', 'node-addons'] },
  roots: ['<rootDir>/test'],
  setupFiles: ['<rootDir>/test/support/environment.ts'],
  testMatch: ['**/*.test.ts'],
  testSequencer: '<rootDir>/test/sequencer.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6', resolveFully: true },
      },
    ],
  },
  // Flows wait most of their time: five of them at once leave a third of two processors idle.
  maxWorkers: 5,
  // Each wait has a limit of its own, which is shorter.
  testTimeout: 300_000,
};
