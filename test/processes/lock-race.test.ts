import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';

const arrived = Promise.withResolvers<void>();
const goOn = Promise.withResolvers<void>();
let isFirst = true;

/** Node's own, but the first process that succeeds the dead holder pauses just before it does. */
async function link(from: string, to: string): Promise<void> {
  if (isFirst && to.endsWith('.dead')) {
    isFirst = false;
    arrived.resolve();
    await goOn.promise;
  }
  await promises.link(from, to);
}

jest.unstable_mockModule('node:fs/promises', () => ({ ...promises, link }));
const { takeLock } = await import('#processes/lock');

test('a process that is slow to succeed a dead holder does not take the lock from a faster one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lock-'));
  writeFileSync(
    join(directory, 'lock'),
    JSON.stringify({ id: 'dead', pid: process.pid, identity: 'an earlier start' }),
  );
  const slow = takeLock(directory);
  await arrived.promise;
  const quick = await takeLock(directory);
  goOn.resolve();
  await expect(slow).rejects.toThrow(`held by the process ${process.pid}`);
  expect(readdirSync(directory)).toEqual(['lock']);
  quick.release();
  rmSync(directory, { recursive: true });
});
