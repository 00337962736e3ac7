/**
 * An exclusive lock on a data directory, which a crash cannot leave locked.
 *
 * The lock is the file `lock`, made by link(2), which only one process can win. After the holder's death the right to
 * succeed it is another such file: `lock.<id of the dead holder>`. No id is used twice. So a process that read an old
 * holder sees that `lock` has changed since, and tries again.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from './error-code.ts';
import { startIdentity } from './process-identity.ts';

const holderSchema = z.strictObject({ id: z.string(), pid: z.number().int(), identity: z.string() });
type Holder = z.infer<typeof holderSchema>;

type Lock = { release(): void };

const MAX_ROUNDS = 100;
/** Processes that died one after the other while taking the lock. */
const MAX_SUCCESSORS = 100;

/** A lock that cannot be taken. */
class LockRefused extends Error {
  override readonly name = 'LockRefused';
}

/**
 * Takes the lock of an existing directory, from a dead process too.
 * @throws LockRefused naming the holder's pid when a living process holds it, or when the file is no lock
 */
export async function takeLock(directory: string): Promise<Lock> {
  const path = join(directory, 'lock');
  const own = { id: randomUUID(), pid: process.pid, identity: startIdentity(process.pid) ?? '' };
  const draft = `${path}.draft.${own.id}`;
  await writeFile(draft, JSON.stringify(own), { flag: 'wx' });
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await tryToTake(path, draft)) return { release: () => rmSync(path, { force: true }) };
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new LockRefused(`The lock ${path} changed hands ${MAX_ROUNDS} times: try again.`);
}

async function tryToTake(path: string, draft: string): Promise<boolean> {
  if (await linked(draft, path)) return true;
  const first = await readHolder(path);
  let last = first;
  for (let count = 0; last !== undefined && count < MAX_SUCCESSORS; count += 1) {
    refuseIfAlive(path, last);
    const successor = `${path}.${last.id}`;
    if (await linked(draft, successor)) return await follow({ path, draft, successor, first });
    last = await readHolder(successor);
  }
  return false;
}

/** Replaces the dead holder, if it still is the holder. */
async function follow(move: { path: string; draft: string; successor: string; first: Holder | undefined }) {
  const current = await readHolder(move.path);
  const unchanged = current !== undefined && current.id === move.first?.id;
  if (unchanged) await rename(move.draft, move.path);
  await rm(move.successor, { force: true });
  return unchanged;
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new LockRefused(`${path} is not a lock of Lastcall: remove it if nothing runs on its directory.`, {
      cause: error,
    });
  }
}

function refuseIfAlive(path: string, holder: Holder): void {
  if (startIdentity(holder.pid) !== holder.identity) return;
  throw new LockRefused(`${path} is held by the process ${holder.pid}: stop it first, or choose another directory.`);
}
