/** Opens and closes servers on ports of this machine. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { z } from 'zod';

const addressSchema = z.object({ port: z.number() });

/**
 * Listens on a port of 127.0.0.1, or on any free one for 0. Returns the server's URL.
 * @throws Error EADDRINUSE when the port is taken
 */
export async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${addressSchema.parse(server.address()).port}`;
}

/** A port of 127.0.0.1 that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listen(server, 0);
  await unlisten(server);
  return Number(new URL(url).port);
}

/** Returns when the port is free. Cuts off open requests after `patienceMs`. May be repeated. */
export async function unlisten(server: Server, patienceMs = 0): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const patience = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(patience);
}
