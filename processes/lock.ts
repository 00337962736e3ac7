/**
 * An exclusive lock on a data directory that a crash cannot leave behind.
 *
 * The lock is the file `lock`, made by link(2), which only one process can win. Where its holder has died, the right to
 * follow that holder is again a file that only one can make: `lock.<id of the dead holder>`. Ids are never used twice,
 * so a late starter that still goes by an old holder finds that `lock` has changed since, and begins again.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from './error-code.ts';
import { startIdentity } from './process-identity.ts';

const Holder = z.strictObject({ id: z.string(), pid: z.number().int(), identity: z.string() });
type Holder = z.infer<typeof Holder>;

type Lock = { release(): void };

const MAX_ROUNDS = 100;

/**
 * Takes the lock of an existing directory, over from a dead process where one left it.
 * Throws, with the holder's pid, where a living process has it.
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
  throw new Error(`The lock ${path} keeps changing hands: try again.`);
}

async function tryToTake(path: string, draft: string): Promise<boolean> {
  if (await linked(draft, path)) return true;
  const first = await readHolder(path);
  let last = first;
  while (last !== undefined) {
    refuseIfAlive(path, last);
    const successor = `${path}.${last.id}`;
    if (await linked(draft, successor)) return await follow({ path, draft, successor, first });
    last = await readHolder(successor);
  }
  return false;
}

/** Puts the new holder in the dead one's place, if that is still the dead one's. */
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
    return Holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Error(`${path} is not a lock of Lastcall: remove it if nothing runs on its directory.`, { cause: error });
  }
}

function refuseIfAlive(path: string, holder: Holder): void {
  if (startIdentity(holder.pid) !== holder.identity) return;
  throw new Error(`${path} is held by the process ${holder.pid}: stop that one first, or take another --data.`);
}
