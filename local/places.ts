/** The files and directories of the local host. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '#processes/error-code';
import { takeLock } from '#processes/lock';
import type { Closing } from './closing.ts';
import { StartFailed } from './errors.ts';

/** Where the host keeps its files. */
export type Places = {
  /** For the temporary files of the servers. Removed at the end. */
  readonly scratch: string;
  /** Undefined when the records stay in memory. */
  readonly kept?: {
    readonly recordsFile: string;
    readonly keyFile: string;
    readonly executionsDirectory: string;
    readonly containersFile: string;
  };
};

/**
 * Makes the directories and takes the lock of the data directory. Closing releases both.
 * @throws StartFailed when a directory cannot be made
 * @throws LockRefused when another process holds the lock
 */
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
    throw new StartFailed(`The directory ${data} for the records cannot be made: ${cause.message}`, { cause });
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

/** Makes the parents too. Node's recursive mkdir loops for ever where no directory can be made, such as in /proc. */
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

// A host that was killed leaves its files in it.
async function emptyDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path);
  return path;
}
