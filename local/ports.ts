/** Checks that ports are free before anything starts on them. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf } from '#processes/error-code';
import { StartFailed } from './errors.ts';

/** @throws StartFailed naming the first port of 127.0.0.1 that cannot be listened on */
export async function refuseTakenPorts(ports: readonly number[]): Promise<void> {
  await Promise.all(ports.map(refuseTakenPort));
}

async function refuseTakenPort(port: number): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const reason = codeOf(cause) ?? cause;
    const detail = reason === 'EADDRINUSE' ? 'is in use' : `cannot be used (${reason})`;
    throw new StartFailed(`Port ${port} ${detail}: choose others with --port.`, { cause });
  }
  server.close();
  await once(server, 'close');
}
