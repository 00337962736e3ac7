import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { AwsError, type AwsService, operation, serveAwsJson } from '#local/aws/wire/aws-json';
import { listen, unlisten } from '#local/aws/wire/listen';
import { within } from '#test/support/local/stepfunctions-trial';

const logged: string[] = [];
let onLogged = () => {};
const service: AwsService = {
  name: 'The trial',
  contentType: 'application/x-amz-json-1.1',
  targetPrefix: 'Trial.',
  errorPrefix: 'trial#',
  errorNames: { WrongInput: 'ValidationException', WrongToken: 'InvalidToken', Fault: 'InternalFailure' },
  operations: {
    Echo: operation(z.strictObject({ text: z.string() }), (input) => input),
    Refuse: () => {
      throw new AwsError('NoSuchThing', 'there is none');
    },
    Fail: () => {
      throw new Error('a fault of ours');
    },
  },
  log: (line) => {
    logged.push(line);
    onLogged();
  },
};
const server = createServer((request, response) => void serveAwsJson(service, request, response));
let url = '';
beforeAll(async () => {
  url = await listen(server, 0);
});
beforeEach(() => void logged.splice(0));
afterAll(() => unlisten(server));

async function post(name: string, body: string) {
  const reply = await fetch(url, { method: 'POST', headers: { 'x-amz-target': `Trial.${name}` }, body });
  return { status: reply.status, type: reply.headers.get('content-type'), body: await reply.json() };
}

test('an operation replies with the content type of its protocol', async () => {
  const answer = { status: 200, type: 'application/x-amz-json-1.1', body: { text: 'hi' } };
  expect(await post('Echo', '{"text":"hi"}')).toEqual(answer);
});

test.each([
  ['a refusal of the operation', 'Refuse', '{}', 'NoSuchThing'],
  ['an unknown field', 'Echo', '{"text":"hi","colour":"red"}', 'ValidationException'],
  ['an unknown operation', 'Paint', '{}', 'UnknownOperationException'],
  ['a name that every object has', 'constructor', '{}', 'UnknownOperationException'],
  ['a text that is not JSON', 'Echo', '{', 'SerializationException'],
  ['a body that is too large', 'Echo', ' '.repeat(3_000_000), 'SerializationException'],
])('%s is answered with 400 and its name, and not logged', async (_, name, body, error) => {
  const expected = { __type: `trial#${error}`, message: expect.any(String) };
  expect(await post(name, body)).toMatchObject({ status: 400, body: expected });
  expect(logged).toEqual([]);
});

test('a fault is a 500, and is logged with its stack', async () => {
  expect(await post('Fail', '{}')).toMatchObject({ status: 500, body: { __type: 'trial#InternalFailure' } });
  expect(logged).toEqual([expect.stringMatching(/^The trial: Error: a fault of ours\n\s+at /)]);
});

test('a request that breaks off is logged, and the server continues', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  onLogged = resolve;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Trial.Echo\r\nContent-Length: 9\r\n\r\n{"te', () => {
    socket.destroy();
  });
  await within(promise, 'a line about it');
  expect(logged).toEqual([expect.stringMatching(/^A request to The trial broke off/)]);
  expect((await post('Echo', '{"text":"hi"}')).status).toBe(200);
});
