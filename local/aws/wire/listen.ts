/** Puts servers on ports of this machine, and takes them off again. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { z } from 'zod';

const Address = z.object({ port: z.number() });

/** Listens on a port of 127.0.0.1, or on any free one with 0, and gives the server's URL. Throws when the port is taken. */
export async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${Address.parse(server.address()).port}`;
}

/** Returns when the port is free; requests under way have so long to come to their end. May be repeated. */
export async function unlisten(server: Server, patienceMs = 0): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const patience = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(patience);
}
