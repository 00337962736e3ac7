import { mkdtempSync, type PathLike, readdirSync, rmSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { takeLock } from '#processes/lock';

const arrived = Promise.withResolvers<void>();
const goOn = Promise.withResolvers<void>();
let isFirst = true;

const { link } = promises;

/** Node's own, but the first process that succeeds the dead holder pauses just before it does. */
async function linkLate(from: PathLike, to: PathLike): Promise<void> {
  if (isFirst && String(to).endsWith('.dead')) {
    isFirst = false;
    arrived.resolve();
    await goOn.promise;
  }
  await link(from, to);
}

jest.spyOn(promises, 'link').mockImplementation(linkLate);
syncBuiltinESMExports();
afterAll(() => {
  jest.restoreAllMocks();
  syncBuiltinESMExports();
});

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
