/** Waits for the redirect that ends a sign-in, on a port of this machine or pasted by the user. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { ask } from '#cli/ask';
import { wrongUse } from '#cli/exit-codes';

/** An issuer takes only the redirects that are registered with it: these ports, `http://localhost:PORT/callback`. */
const PORTS = [8976, 8977, 8978] as const;
const PATH = '/callback';
const DONE = 'You are signed in. You can close this page and go back to the terminal.\n';

/** Where the redirect is awaited. */
type Redirect = { readonly uri: string; received(signal: AbortSignal): Promise<URL>; close(): void };

/**
 * Listens on the first port that is free.
 * @throws Stopped when none is
 */
export async function listenForRedirect(): Promise<Redirect> {
  for (const port of PORTS) {
    const server = createServer();
    if (await listens(server, port)) return redirectOf(server, port);
  }
  throw wrongUse(`The ports ${PORTS.join(', ')} are in use.`, 'free one of them, or use lastcall login --no-browser');
}

/** The user opens the address on any machine and pastes the address to which it leads. */
export function pastedRedirect(): Redirect {
  const uri = uriAt(PORTS[0]);
  return {
    uri,
    received: async () => {
      const pasted = await ask(`Paste the address to which it led (it begins with ${uri}): `);
      if (URL.canParse(pasted)) return new URL(pasted);
      throw wrongUse('That is not an address.', 'lastcall login --no-browser');
    },
    close: () => {},
  };
}

function redirectOf(server: Server, port: number): Redirect {
  const { promise, resolve } = deferred<URL>();
  server.on('request', ({ url = '/' }, response) => {
    const address = new URL(url, uriAt(port));
    const isRedirect = address.pathname === PATH;
    response.writeHead(isRedirect ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' });
    response.end(isRedirect ? DONE : 'Not found.\n');
    if (isRedirect) resolve(address);
  });
  return {
    uri: uriAt(port),
    received: async (signal) => await Promise.race([promise, rejectedBy(signal)]),
    close: () => server.close(),
  };
}

async function listens(server: Server, port: number): Promise<boolean> {
  server.listen(port, 'localhost');
  return await once(server, 'listening').then(
    () => true,
    () => false,
  );
}

function uriAt(port: number): string {
  return `http://localhost:${port}${PATH}`;
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Node 20 has no Promise.withResolvers. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
