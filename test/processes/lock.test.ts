import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { takeLock } from '#processes/lock';

const HOLDER = `
  import { takeLock } from '#processes/lock';
  await takeLock(process.argv[1]).then(() => console.log('taken'), (error) => console.log(error.message));
  setInterval(() => {}, 1000);
`;

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    const closed = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined;
    child.kill('SIGKILL');
    await closed;
  }
  rmSync(directory, { recursive: true });
});

async function holder() {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', HOLDER, directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = await once(child.stdout, 'data');
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { pid: child.pid, said: String(said).trim(), kill };
}

test('only one process holds a lock, and releasing it leaves no file', async () => {
  const lock = await takeLock(directory);
  await expect(takeLock(directory)).rejects.toThrow(`held by the process ${process.pid}`);
  lock.release();
  expect(readdirSync(directory)).toEqual([]);
  (await takeLock(directory)).release();
});

test('the lock of a living process is refused with its pid, and that of a killed one is taken', async () => {
  const other = await holder();
  expect(other.said).toBe('taken');
  await expect(takeLock(directory)).rejects.toThrow(`held by the process ${other.pid}:`);
  await other.kill();
  const lock = await takeLock(directory);
  expect(JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  expect(readdirSync(directory)).toEqual(['lock']);
  lock.release();
});

test('the lock of a dead process is taken even if another process now has its pid', async () => {
  writeFileSync(join(directory, 'lock'), JSON.stringify({ id: 'a', pid: process.pid, identity: 'an earlier start' }));
  (await takeLock(directory)).release();
});

test('the lock is taken from a process that died while taking it', async () => {
  const dead = { pid: 1, identity: 'another start' };
  writeFileSync(join(directory, 'lock'), JSON.stringify({ id: 'first', ...dead }));
  writeFileSync(join(directory, 'lock.first'), JSON.stringify({ id: 'second', ...dead }));
  const lock = await takeLock(directory);
  await expect(takeLock(directory)).rejects.toThrow(`held by the process ${process.pid}`);
  lock.release();
});

test('exactly one of many processes wins a dead holder’s lock', async () => {
  for (let round = 0; round < 30; round += 1) {
    const dead = { id: `dead-${round}`, pid: process.pid, identity: 'an earlier start' };
    writeFileSync(join(directory, 'lock'), JSON.stringify(dead));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(directory)));
    const won = results.filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    rmSync(join(directory, 'lock'));
  }
  expect(readdirSync(directory)).toEqual([]);
});

test('one of two processes that start at the same time wins, and the other names it', async () => {
  const holders = await Promise.all([holder(), holder()]);
  const winner = holders.find(({ said }) => said === 'taken');
  const loser = holders.find(({ said }) => said !== 'taken');
  await Promise.all(holders.map(({ kill }) => kill()));
  expect(loser?.said).toContain(`held by the process ${winner?.pid}:`);
});

test('a file that is no lock is refused by its name and not changed', async () => {
  writeFileSync(join(directory, 'lock'), 'something else');
  await expect(takeLock(directory)).rejects.toThrow(/lock is not a lock of Lastcall/);
  expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe('something else');
});
