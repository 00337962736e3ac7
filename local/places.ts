/** Where the local host keeps things on disk. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '#processes/error-code';
import { takeLock } from '#processes/lock';
import type { Closing } from './closing.ts';

export type Places = {
  /** For the temporary files of the servers; removed at the end. */
  readonly scratch: string;
  /** Undefined where nothing is kept. */
  readonly kept?: {
    readonly recordsFile: string;
    readonly keyFile: string;
    readonly executionsDirectory: string;
    readonly containersFile: string;
  };
};

/** Makes the directories and takes the lock of the one that is kept; closing gives all of it back. */
export async function openPlaces(data: string | undefined, closing: Closing): Promise<Places> {
  const kept = data === undefined ? {} : { kept: await openKept(data, closing) };
  const scratch =
    data === undefined ? await mkdtemp(join(tmpdir(), 'lastcall-')) : await emptyDirectory(data, 'scratch');
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  closing.add({ name: 'The scratch directory', close: remove, kill: remove });
  return { scratch, ...kept };
}

async function openKept(data: string, closing: Closing) {
  const executionsDirectory = join(data, 'executions');
  await makeDirectory(executionsDirectory).catch((cause) => {
    throw new Error(`The directory ${data} for the records cannot be made: ${cause.message}`, { cause });
  });
  const lock = await takeLock(data);
  closing.add({ name: 'The lock', close: lock.release, kill: lock.release });
  return {
    recordsFile: join(data, 'records.db'),
    keyFile: join(data, 'issuer-key.json'),
    executionsDirectory,
    containersFile: join(data, 'containers.json'),
  };
}

/** With its parents. Node's own recursive mkdir repeats itself for ever where a file system takes no directories, like /proc. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeDirectory(dirname(path));
    await mkdir(path);
  }
}

// A host that was killed has left its files in there.
async function emptyDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path);
  return path;
}
