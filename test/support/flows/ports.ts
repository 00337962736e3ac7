/** Ports for systems under test, below those that the operating system assigns to clients. */
import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST_PORT = Number(process.env.LASTCALL_TEST_PORTS ?? 20_000);
const PORTS_PER_WORKER = 400;
const WORKER = Number(process.env.JEST_WORKER_ID ?? 1) - 1;

let next = 0;

/** The first of that many consecutive free ports of 127.0.0.1; another one each time, and in each worker of jest. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < PORTS_PER_WORKER; attempt += 1) {
    const start = FIRST_PORT + ((WORKER * PORTS_PER_WORKER + (next % (PORTS_PER_WORKER - count))) % 12_000);
    next += count;
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(start + index)));
    if (free.every(Boolean)) return start;
  }
  throw new Error(`There are no ${count} free ports from ${FIRST_PORT} on.`);
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
