/** The wire: a connection that breaks on one side breaks on the other, and nothing else fails. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openWire } from '#test/support/store/wire';

const engines: Server[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) {
    engine.closeAllConnections();
    await new Promise((resolve) => engine.close(resolve));
  }
});

/** An engine that takes requests and never replies. */
async function startSilentEngine(): Promise<{ engine: Server; url: string }> {
  const engine = createServer();
  engines.push(engine);
  engine.listen(0, '127.0.0.1');
  await once(engine, 'listening');
  return { engine, url: `http://127.0.0.1:${portOf(engine.address())}` };
}

const portOf = (address: unknown) => z.object({ port: z.number() }).parse(address).port;

test('A wire that closes while the engine has a request breaks that request, and nothing else fails', async () => {
  const { engine, url } = await startSilentEngine();
  const wire = await openWire(url);
  const taken = once(engine, 'request');
  const broken = expect(fetch(wire.url, { method: 'POST', body: '{}' })).rejects.toThrow('fetch failed');
  await taken;
  await wire.close();
  await broken;
});

test('An engine that breaks a request breaks that of its client, and the wire passes the next request', async () => {
  const { engine, url } = await startSilentEngine();
  const wire = await openWire(url);
  engine.once('request', (request) => request.socket.destroy());
  await expect(fetch(wire.url, { method: 'POST', body: '{}' })).rejects.toThrow('fetch failed');
  engine.once('request', (_request, response) => response.end('here'));
  const reply = await fetch(wire.url, { method: 'POST', body: '{}' });
  expect(await reply.text()).toBe('here');
  await wire.close();
});

test('A client that dies within a request ends that request only', async () => {
  const { engine, url } = await startSilentEngine();
  const wire = await openWire(url);
  const client = connect(Number(new URL(wire.url).port), '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nhost: wire\r\ncontent-length: 10\r\n\r\n{');
  const called = new Promise((resolve) => client.once('close', resolve));
  await once(client, 'connect');
  client.destroy();
  await called;
  engine.once('request', (_request, response) => response.end('here'));
  const reply = await fetch(wire.url, { method: 'POST', body: '{}' });
  expect(await reply.text()).toBe('here');
  await wire.close();
});

test('A request that is held when the wire closes is broken', async () => {
  const { url } = await startSilentEngine();
  const wire = await openWire(url);
  const held = wire.hold(() => true);
  const broken = expect(fetch(wire.url, { method: 'POST', body: '{}' })).rejects.toThrow('fetch failed');
  await held.reached;
  await wire.close();
  await broken;
});
