import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Gateway, type GatewaySetup, startGateway } from '#local/aws/apigateway/gateway';
import { refuseLikeAws } from '#local/aws/apigateway/refusal';
import type { Route } from '#local/aws/apigateway/routes';
import { TokenBucket } from '#local/aws/apigateway/throttle';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { refuse } from '#local/gateway/refusals';
import { freePorts } from '#test/support/flows/ports';

type Answer = (event: unknown, context: { getRemainingTimeInMillis(): number }) => unknown;

const route = (name: string, routeKey: string, isPublic = true): Route => ({ name, routeKey, isPublic });
const routes = [
  route('get-thing', 'GET /things/{thingId}'),
  route('get-newest', 'GET /things/newest'),
  route('put-part', 'PUT /things/{thingId}/parts/{part}'),
  route('post-things', 'POST /things'),
  route('get-secret', 'GET /secret', false),
  route('refuse-route', '$default'),
];
const claims = {
  sub: 'alice',
  exp: 1_900_000_000,
  groups: ['Reader', 'Former BatchUser'],
  admin: false,
  nickname: null,
};

const BODY_OF_7_MB = { method: 'POST', body: 'x'.repeat(7 * 1024 * 1024) };
const BODY_OF_11_MB = { method: 'POST', body: 'x'.repeat(11 * 1024 * 1024) };

let gateway: Gateway;
let port: number;
let answer: Answer;
let events: unknown[];
let lines: string[];

beforeEach(async () => {
  port = await freePorts(1);
  events = [];
  lines = [];
  answer = () => ({ ok: true });
  gateway = await startTheGateway();
});
afterEach(() => gateway.close());

async function startTheGateway(more: Partial<GatewaySetup> = {}): Promise<Gateway> {
  const handler: Answer = (event, context) => {
    events.push(event);
    return answer(event, context);
  };
  const load = async () => ({ handler: async (...args: Parameters<Answer>) => handler(...args) });
  const { invoke } = await loadFunctions(routes.map(({ name }) => ({ name, timeoutSeconds: 1, load })));
  return await startGateway({
    port,
    apiId: 'lastcall',
    routes,
    invoke,
    refuse,
    authorize: async ([value]) => (value === 'Bearer good' ? claims : undefined),
    log: (line) => lines.push(line),
    ...more,
  });
}

type Sent = { method?: string; headers?: string[]; body?: string | Buffer };

/** Sends a request with Node's own client, which changes neither paths nor repeated headers. */
async function send(path: string, { method = 'GET', headers = [], body }: Sent = {}) {
  const host = headers.some((name) => name.toLowerCase() === 'host') ? [] : ['Host', `127.0.0.1:${port}`];
  const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
  const sent = request({ port, host: '127.0.0.1', path, method, headers: [...host, ...length, ...headers] });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const sentTo = (routeKey: string) => expect.objectContaining({ routeKey });

describe('the event', () => {
  test('has every part of payload format 2.0', async () => {
    await send('/things/a%2Fb%20c/parts/%C3%BC?x=1&y=a%20b&x=2&z', {
      method: 'PUT',
      headers: [
        'X-Many',
        'one',
        'x-many',
        'two',
        'Cookie',
        'a=1; b=2',
        'User-Agent',
        'tester',
        'Content-Type',
        'application/json',
      ],
      body: '{"ü":1}',
    });
    expect(events).toEqual([
      {
        version: '2.0',
        routeKey: 'PUT /things/{thingId}/parts/{part}',
        rawPath: '/things/a%2Fb%20c/parts/%C3%BC',
        rawQueryString: 'x=1&y=a%20b&x=2&z',
        cookies: ['a=1', 'b=2'],
        headers: {
          host: `127.0.0.1:${port}`,
          'x-many': 'one,two',
          'user-agent': 'tester',
          'content-type': 'application/json',
          'content-length': '8',
          connection: expect.any(String),
        },
        queryStringParameters: { x: '1,2', y: 'a b', z: '' },
        pathParameters: { thingId: 'a/b c', part: 'ü' },
        requestContext: {
          accountId: '000000000000',
          apiId: 'lastcall',
          domainName: '127.0.0.1',
          domainPrefix: '127',
          http: {
            method: 'PUT',
            path: '/things/a%2Fb%20c/parts/%C3%BC',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'tester',
          },
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          routeKey: 'PUT /things/{thingId}/parts/{part}',
          stage: '$default',
          time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
          timeEpoch: expect.any(Number),
        },
        body: '{"ü":1}',
        isBase64Encoded: false,
      },
    ]);
  });

  test('has the claims of the token as strings', async () => {
    await send('/secret', { headers: ['Authorization', 'Bearer good'] });
    const jwt = {
      claims: { sub: 'alice', exp: '1900000000', groups: '[Reader Former BatchUser]', admin: 'false' },
      scopes: null,
    };
    expect(events).toEqual([
      expect.objectContaining({ requestContext: expect.objectContaining({ authorizer: { jwt } }) }),
    ]);
  });

  test.each([
    ['text/plain; charset=utf-8', 'plain ü', false],
    ['application/vnd.thing+json', '{}', false],
    ['application/octet-stream', Buffer.from([0, 255]), true],
    ['application/json', Buffer.from([0xff, 0xfe]), true],
  ])('keeps every byte of a %s body', async (type, body, isBase64Encoded) => {
    await send('/things', { method: 'POST', headers: ['Content-Type', type], body });
    const encoding = isBase64Encoded ? 'base64' : 'utf8';
    expect(events).toEqual([expect.objectContaining({ isBase64Encoded, body: Buffer.from(body).toString(encoding) })]);
  });
});

describe('the route', () => {
  test.each([
    ['GET', '/things/7', 'GET /things/{thingId}'],
    ['GET', '/things/newest', 'GET /things/newest'],
    ['GET', '/things/newest?x=/secret', 'GET /things/newest'],
    ['GET', '/things/', '$default'],
    ['GET', '/things/7/', '$default'],
    ['GET', '/things/7/parts', '$default'],
    ['DELETE', '/things/7', '$default'],
    ['HEAD', '/things/7', '$default'],
    ['OPTIONS', '/things', '$default'],
    ['GET', '/', '$default'],
    ['GET', '//secret', '$default'],
    ['GET', '/Secret', '$default'],
  ])('of %s %s is %s', async (method, path, routeKey) => {
    await send(path, { method });
    expect(events).toEqual([sentTo(routeKey)]);
  });

  test.each(['/things/%', '/things/%ff', 'http://127.0.0.1/secret', '*'])(
    'is not looked for with the invalid path %s',
    async (path) => {
      const { status, body } = await send(path);
      expect([status, JSON.parse(body).code]).toEqual([400, 'InvalidRequest']);
      expect(events).toEqual([]);
    },
  );
});

describe('the reply', () => {
  test('is that of the function, with cookies and bytes', async () => {
    const body = Buffer.from([1, 2, 255]).toString('base64');
    const headers = { 'Content-Type': 'application/x-thing', 'X-Count': 3 };
    answer = () => ({ statusCode: 201, headers, cookies: ['a=1', 'b=2'], body, isBase64Encoded: true });
    const response = await fetch(`${gateway.url}/things/1`);
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-type')).toBe('application/x-thing');
    expect(response.headers.get('x-count')).toBe('3');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([1, 2, 255]));
  });

  test('is a 200 in JSON for a result without a status code', async () => {
    const { status, headers, body } = await send('/things/1');
    expect([status, headers['content-type'], body]).toEqual([200, 'application/json', '{"ok":true}']);
  });

  test('has no body for 204', async () => {
    answer = () => ({ statusCode: 204 });
    const { status, headers, body } = await send('/things/1');
    expect([status, headers['content-length'], body]).toEqual([204, undefined, '']);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('the secret reason'))],
    ['returns a wrong status', () => ({ statusCode: 'many' })],
    ['returns something other than JSON', () => ({ big: 1n })],
  ])('is a 500 without the reason, which is logged, for a function that %s', async (_what, broken) => {
    answer = broken;
    const { status, headers, body } = await send('/things/1');
    expect([status, headers['content-type']]).toEqual([500, 'application/problem+json']);
    expect(JSON.parse(body)).toEqual({
      type: 'urn:lastcall:problem:Internal',
      title: 'Internal',
      status: 500,
      detail: expect.any(String),
      code: 'Internal',
    });
    expect(body).not.toContain('secret reason');
    expect(lines).toEqual([expect.stringContaining('GET /things/1')]);
  });

  test('is a 500 for a function that exceeds its time-out, which its context shows', async () => {
    let remainingMs = 0;
    answer = (_event, context) => {
      remainingMs = context.getRemainingTimeInMillis();
      return new Promise(() => {});
    };
    const { status, body } = await send('/things/1');
    expect([status, JSON.parse(body).code]).toEqual([500, 'Internal']);
    expect(remainingMs).toBeGreaterThan(500);
    expect(remainingMs).toBeLessThanOrEqual(1000);
  });
});

test('the reply is a 503 when the function takes longer than the gateway waits', async () => {
  await gateway.close();
  gateway = await startTheGateway({ integrationLimitMs: 50 });
  answer = () => new Promise(() => {});
  const { status, body } = await send('/things/1');
  expect([status, JSON.parse(body).code]).toEqual([503, 'Unavailable']);
});

describe('a refusal in the words of AWS', () => {
  const REQUEST_COUNT = 3;

  beforeEach(async () => {
    await gateway.close();
    const throttle = { perSecond: 0.001, atOnce: REQUEST_COUNT };
    gateway = await startTheGateway({ refuse: refuseLikeAws, integrationLimitMs: 50, throttle });
  });

  test.each<[string, string, Sent, Answer, number, string]>([
    ['no token', '/secret', {}, () => ({}), 401, 'Unauthorized'],
    ['a wrong path', '/things/%ff', {}, () => ({}), 400, 'Bad Request'],
    ['a failed function', '/things/1', {}, () => Promise.reject(new Error('no')), 500, 'Internal Server Error'],
    ['a late function', '/things/1', {}, () => new Promise(() => {}), 503, 'Service Unavailable'],
    ['a large body', '/things', BODY_OF_11_MB, () => ({}), 413, 'Request Entity Too Large'],
    ['a body that is too large for Lambda', '/things', BODY_OF_7_MB, () => ({}), 413, 'Request Entity Too Large'],
  ])('%s is refused', async (_what, path, sent, behaviour, status, message) => {
    answer = behaviour;
    const reply = await send(path, sent);
    expect([reply.status, reply.headers['content-type']]).toEqual([status, 'application/json']);
    expect(JSON.parse(reply.body)).toEqual({ message });
  });

  test('more requests at once than allowed are refused', async () => {
    const replies = await Promise.all(Array.from({ length: REQUEST_COUNT + 1 }, () => send('/things/1')));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429]);
    expect(replies.map(({ body }) => body)).toContain('{"message":"Too Many Requests"}');
  });
});

test('a bucket gets its tokens back evenly, and never more than it holds', () => {
  const bucket = new TokenBucket({ perSecond: 2, atOnce: 2 }, 0);
  const takenAt = [0, 0, 0, 499, 500, 500, 10_000, 10_000, 10_000].map((ms) => bucket.take(ms));
  expect(takenAt).toEqual([true, true, false, false, true, false, true, true, false]);
});

test('headers of more than 10,240 bytes are refused', async () => {
  const { status } = await send('/things/1', { headers: ['X-Long', 'x'.repeat(10_240)] });
  expect(status).toBe(431);
});

describe('the gateway refuses, without calling a function,', () => {
  afterEach(() => expect(events).toEqual([]));

  test.each([[[]], [['Authorization', 'Bearer bad']]])('a request without a valid token: %j', async (headers) => {
    const { status, headers: answered, body } = await send('/secret', { headers });
    expect([status, answered['www-authenticate'], JSON.parse(body).code]).toEqual([401, 'Bearer', 'Unauthorized']);
  });

  test('a body over 10 MB, with and without a length', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, 'x');
    const { status, body: answered } = await send('/things', { method: 'POST', body });
    expect([status, JSON.parse(answered).code]).toEqual([413, 'TooLarge']);
    const chunked = await fetch(`${gateway.url}/things`, {
      method: 'POST',
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });

  test.each(['evil.example:80', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example', ''])(
    'the host %p',
    async (host) => {
      const { status, body } = await send('/things/1', { headers: ['Host', host] });
      expect([status, JSON.parse(body).code]).toEqual([403, 'Forbidden']);
    },
  );
});

test.each(['localhost', '[::1]', 'LOCALHOST'])('the gateway serves the host %s', async (name) => {
  expect((await send('/things/1', { headers: ['Host', `${name}:${port}`] })).status).toBe(200);
});

test('a client that never ends its headers is cut off', async () => {
  await gateway.close();
  gateway = await startTheGateway({ headersLimitMs: 100 });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /things/1 HTTP/1.1\r\nHost:');
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408/);
});

test('a client that goes away during its body is not logged as a fault', async () => {
  const socket = connect(port, '127.0.0.1');
  const head = [
    'POST /things HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Content-Length: 10',
    'Expect: 100-continue',
    '',
    '',
  ];
  socket.write(head.join('\r\n'));
  await once(socket, 'data');
  socket.destroy();
  expect((await send('/things/1')).status).toBe(200);
  expect(lines).toEqual([]);
});

test('a taken port and a malformed route fail the start', async () => {
  await expect(startTheGateway()).rejects.toThrow(/EADDRINUSE/);
  const setup = { port, apiId: 'x', refuse, invoke: async () => ({}), authorize: async () => undefined, log: () => {} };
  await expect(startGateway({ ...setup, routes: [route('bad', 'GET /files/{rest+}')] })).rejects.toThrow(
    /of bad must read like/,
  );
});
