/** The README's commands, run as written on a system of their own, print what the README shows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mask, maskedLike, matchIds, stepsIn, withIds } from '#test/support/cli/transcript';
import { eventually, type System, startSystem } from '#test/support/flows/system';

const ROOT = join(import.meta.dirname, '..', '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const STARTED = /^npm ci && npm start -- (.+)$/m;
const MOVING_MS = 30_000;

const home = mkdtempSync(join(tmpdir(), 'lastcall-readme-'));
let system: System;

beforeAll(async () => {
  const [, options = ''] = README.match(STARTED) ?? [];
  system = await startSystem({ args: options.split(' ') });
});
afterAll(() => rmSync(home, { recursive: true }));

/** A shell in the repository, with the Node that the project brings first, as npm has it. */
async function run(command: string): Promise<string[]> {
  const { LASTCALL_TOKEN: _token, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    LASTCALL_URL: system.url,
    XDG_STATE_HOME: home,
    XDG_CONFIG_HOME: home,
  };
  const child = spawn('sh', ['-c', `${command} 2>&1`], { env, cwd: ROOT });
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return printed.trimEnd().split('\n');
}

/** A reader types more slowly than servers claim. */
async function untilAllRun(): Promise<void> {
  const waiting = async () => (await system.call('GET', '/jobs?status=Waiting')).body;
  await eventually(async () => JSON.stringify(await waiting()).includes('"items":[]'), { limitMs: MOVING_MS });
}

test('The commands of the README print what it shows', async () => {
  const ids = new Map<string, string>();
  const steps = stepsIn(README);
  expect(steps.length).toBeGreaterThan(5);
  for (const { command, lines } of steps) {
    const printed = await run(withIds(ids, command));
    expect({ command, lines: maskedLike(lines, printed) }).toEqual({ command, lines: lines.map(mask) });
    matchIds(ids, lines, printed);
    await untilAllRun();
  }
});
