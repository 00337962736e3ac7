/** What suites of one worker find of each other, and what jest says of a test that hangs: by suites of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..');
const JEST = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
const directory = mkdtempSync(join(tmpdir(), 'suites-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SUITE = `
  import { expect, jest, test } from '@jest/globals';
  import { state } from './state.ts';
  test('finds nothing of another suite', () => {
    expect([process.env.LEFT, process.listenerCount('left'), state.left, jest.isMockFunction(Date.now)]).toEqual(
      [undefined, 0, false, false],
    );
    expect([Object.hasOwn(globalThis, 'left'), fetch.name]).toEqual([false, 'fetch']);
    Object.assign(globalThis, { left: true, fetch: function left() {} });
    process.env.LEFT = 'left';
    process.on('left', () => {});
    state.left = true;
    jest.spyOn(Date, 'now');
    jest.useFakeTimers();
  });`;
const HANGING = `
  import { test } from '@jest/globals';
  test('waits for ever', async () => { await new Promise<void>(() => {}); }, 200);
  test('is lost', async () => { void Promise.reject(new Error('unheard')); await new Promise(setImmediate); });`;
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      message: z.string(),
      assertionResults: z.array(
        z.object({ title: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

test('a suite finds nothing that another one of its worker has left', () => {
  writeFileSync(join(directory, 'state.ts'), 'export const state: { left: boolean } = { left: false };');
  expect(run({ first: SUITE, second: SUITE }).map(({ status }) => status)).toEqual(['passed', 'passed']);
});

test('a suite that imports what is no TypeScript fails by the name of that file', () => {
  writeFileSync(join(directory, 'broken.ts'), 'export const broken: number = ;');
  const [{ message } = {}] = report({ importing: "import './broken.ts';" });
  expect(message).toContain(join(directory, 'broken.ts:1'));
});

test('a test that hangs, or loses an error, fails by its name', () => {
  expect(run({ hanging: HANGING })).toMatchObject([
    { title: 'waits for ever', status: 'failed', failureMessages: [expect.stringContaining('timeout of 200 ms')] },
    { title: 'is lost', status: 'failed', failureMessages: [expect.stringContaining('unheard')] },
  ]);
});

test('a suite that never finishes loading fails by its name', () => {
  const [{ message } = {}] = report({ loading: 'await new Promise<void>(() => {});' }, '--testTimeout=200');
  expect(message).toContain(`${join(directory, 'loading.test.ts')} was not loaded within 200 ms`);
});

/** The results of the tests of these suites. */
function run(suites: Readonly<Record<string, string>>) {
  return report(suites).flatMap(({ assertionResults }) => assertionResults);
}

/** What jest reports of these suites, which one process runs. */
function report(suites: Readonly<Record<string, string>>, ...options: readonly string[]) {
  for (const [name, source] of Object.entries(suites)) writeFileSync(join(directory, `${name}.test.ts`), source);
  const files = Object.keys(suites).map((name) => join(directory, `${name}.test.ts`));
  const args = ['--roots', directory, '--runInBand', '--json', ...options, '--runTestsByPath', ...files];
  const { stdout } = spawnSync(process.execPath, [JEST, ...args], { cwd: ROOT, encoding: 'utf8' });
  return reportSchema.parse(JSON.parse(stdout)).testResults;
}
