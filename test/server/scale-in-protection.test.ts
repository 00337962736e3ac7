/** The server's requests to the ECS agent. The agent of these tests replies as the test says. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ScaleInProtection } from '#server/container/scale-in-protection';

const PROTECTED = { protection: { ProtectionEnabled: true, TaskArn: 'arn', ExpirationDate: '2030-01-01T00:00:00Z' } };
const FAILED = { failure: { Arn: 'arn', Reason: 'DEPLOYMENT_BLOCKED', Detail: 'the service is unstable' } };

let answer: object = PROTECTED;
let asked = 0;
const agent = createServer((_request, response) => {
  asked += 1;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});
agent.listen(0, '127.0.0.1');
await once(agent, 'listening');
afterAll(() => {
  agent.closeAllConnections();
  agent.close();
});
const { port } = z.object({ port: z.number() }).parse(agent.address());

test('A protection that ECS refuses, with status 200, is requested again with the next heartbeat', async () => {
  const protection = new ScaleInProtection(`http://127.0.0.1:${port}`);
  answer = FAILED;
  await expect(protection.update(true)).rejects.toThrow('DEPLOYMENT_BLOCKED');
  answer = PROTECTED;
  await protection.update(true);
  expect(asked).toBe(2);
  await protection.update(true);
  expect(asked).toBe(2);
});
