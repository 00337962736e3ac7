/** Ports for systems under test, below those that the operating system assigns to clients. */
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { takeLock } from '#processes/lock';
import { startIdentity } from '#processes/process-identity';

const FIRST_PORT = 20_000;
const PORTS_PER_PROCESS = 100;
const BLOCKS = 120;
/** A block of ports belongs to the process that holds the lock of its folder, whichever run of tests it is part of. */
const FOLDER = join(tmpdir(), 'lastcall-test-ports');
const holderSchema = z.looseObject({ pid: z.number(), identity: z.string() });

let next = 0;
let block: Promise<number> | undefined;

/** The first of that many consecutive free ports of 127.0.0.1; another one each time, and in each process of tests. */
export async function freePorts(count: number): Promise<number> {
  block ??= ownBlock();
  const first = FIRST_PORT + PORTS_PER_PROCESS * (await block);
  for (let attempt = 0; attempt < PORTS_PER_PROCESS; attempt += 1) {
    const start = first + (next % (PORTS_PER_PROCESS - count));
    next += count;
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(start + index)));
    if (free.every(Boolean)) return start;
  }
  throw new Error(`There are no ${count} free ports from ${first} on.`);
}

/** Each suite loads this file anew, so that an earlier one of this process may have taken a block. */
async function ownBlock(): Promise<number> {
  const blocks = Array.from({ length: BLOCKS }, (_, index) => index);
  const own = blocks.find(isOwn);
  if (own !== undefined) return own;
  for (const each of blocks) if (await take(each)) return each;
  throw new Error(`All ports for tests are taken: ${FOLDER} has the processes that hold them.`);
}

function isOwn(each: number): boolean {
  try {
    const holder = holderSchema.parse(JSON.parse(readFileSync(join(folderOf(each), 'lock'), 'utf8')));
    return holder.pid === process.pid && holder.identity === startIdentity(process.pid);
  } catch {
    return false;
  }
}

/** The lock is never released: the end of the process ends it. */
async function take(each: number): Promise<boolean> {
  mkdirSync(folderOf(each), { recursive: true });
  return await takeLock(folderOf(each)).then(
    () => true,
    () => false,
  );
}

function folderOf(each: number): string {
  return join(FOLDER, String(each));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listens) await once(server.close(), 'close');
  return listens;
}
