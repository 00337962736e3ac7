/** Runs of the tests on one machine at the same time get ports of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readLines } from '#processes/lines';

const PORTS = join(import.meta.dirname, '..', 'support', 'flows', 'ports.ts');
const PROGRAM = `const { freePorts } = await import('${PORTS}'); console.log(await freePorts(4)); process.stdin.resume();`;
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** The port that a process has found, which lives on. */
async function portOfAnother(): Promise<number> {
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module'];
  const child = spawn(process.execPath, [...flags, '-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const line = new Promise<string>((resolve) => readLines(child.stdout, resolve));
  const ended = once(child, 'exit').then(() => 'none');
  return Number(await Promise.race([line, ended]));
}

test('processes that look for free ports at the same time find different ones', async () => {
  const found = await Promise.all(Array.from({ length: 4 }, portOfAnother));
  expect(found.every((port) => port >= 20_000)).toBe(true);
  expect(new Set(found).size).toBe(4);
});
