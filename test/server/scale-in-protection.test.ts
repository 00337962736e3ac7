/** The server's requests to the ECS agent. The agent of these tests replies as the test says. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ScaleInProtection } from '#server/container/scale-in-protection';
import { withLog } from '#test/support/store/malformed';

const PROTECTED = { protection: { ProtectionEnabled: true, TaskArn: 'arn', ExpirationDate: '2030-01-01T00:00:00Z' } };
const FAILED = { failure: { Arn: 'arn', Reason: 'DEPLOYMENT_BLOCKED', Detail: null } };
const FAULT = { error: { Arn: 'arn', Code: 'ThrottlingException', Message: 'Rate exceeded' } };

let answer: object;
/** What was asked for: true for a protection, false for its end. */
let asked: unknown[];
let isBusy: boolean;
let onAsked: () => void;
beforeEach(() => {
  [answer, asked, isBusy, onAsked] = [PROTECTED, [], true, () => {}];
});

const agent = createServer(async (request, response) => {
  const body = z.object({ ProtectionEnabled: z.boolean() }).parse(JSON.parse((await request.toArray()).join('')));
  asked.push(body.ProtectionEnabled);
  onAsked();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});
agent.listen(0, '127.0.0.1');
await once(agent, 'listening');
afterAll(() => {
  agent.closeAllConnections();
  agent.close();
});
const { port } = z.object({ port: z.number() }).parse(agent.address());
const newProtection = () => new ScaleInProtection(`http://127.0.0.1:${port}`, () => isBusy);

test('It is taken before the first claim, and not again while it is held', async () => {
  const protection = newProtection();
  expect([await protection.take(), await protection.take()]).toEqual([true, true]);
  await protection.update();
  expect(asked).toEqual([true]);
});

test('A server that ECS refuses to protect claims nothing, and asks again at each heartbeat while it is busy', async () => {
  const protection = newProtection();
  answer = FAILED;
  const { lines } = await withLog(async () => {
    expect([await protection.take(), await protection.take()]).toEqual([false, false]);
    expect(asked).toEqual([true]);
    const since = protection.refusedSince;
    await protection.update();
    expect(protection.refusedSince).toBe(since);
  }, process.stdout);
  // A refusal may last for hours.
  expect(lines).toEqual([expect.objectContaining({ reason: 'DEPLOYMENT_BLOCKED' })]);
  expect(lines).not.toContainEqual(expect.objectContaining({ stack: expect.any(String) }));
  answer = PROTECTED;
  await protection.update();
  expect(protection.refusedSince).toBeUndefined();
  expect([await protection.take(), asked]).toEqual([true, [true, true, true]]);
});

test('A refused server that becomes idle may ask again before its next claim', async () => {
  const protection = newProtection();
  answer = FAILED;
  await protection.take();
  isBusy = false;
  await protection.update();
  answer = PROTECTED;
  expect(await protection.take()).toBe(true);
});

test('It is given back at the second heartbeat at which the server is idle', async () => {
  const protection = newProtection();
  await protection.take();
  isBusy = false;
  await protection.update();
  expect(asked).toEqual([true]);
  await protection.update();
  await protection.update();
  expect(asked).toEqual([true, false]);
});

test('A claim that begins while it is given back takes it again', async () => {
  const protection = newProtection();
  await protection.take();
  isBusy = false;
  await protection.update();
  const claim = Promise.withResolvers<boolean>();
  onAsked = () => {
    onAsked = () => {};
    isBusy = true;
    claim.resolve(protection.take());
  };
  await protection.update();
  expect([await claim.promise, asked]).toEqual([true, [true, false, true]]);
});

test('A fault of the agent does not keep the server from its work, and delays only the first claim', async () => {
  const protection = newProtection();
  answer = FAULT;
  expect([await protection.take(), await protection.take()]).toEqual([true, true]);
  expect(asked).toEqual([true]);
  answer = PROTECTED;
  await protection.update();
  expect(asked).toEqual([true, true]);
});

test('If it could not be given back, the next heartbeat tries again, and a claim takes it anew', async () => {
  const protection = newProtection();
  await protection.take();
  isBusy = false;
  await protection.update();
  answer = FAULT;
  await expect(protection.update()).rejects.toThrow('ThrottlingException');
  answer = PROTECTED;
  await protection.update();
  expect(asked).toEqual([true, false, false]);
  isBusy = true;
  await protection.update();
  expect(asked).toEqual([true, false, false, true]);
});
