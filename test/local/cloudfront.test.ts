/** The stand-in for CloudFront: which paths are files, with which headers, and which are left to the API. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { distributionOf } from '#local/aws/cloudfront/distribution';

const folder = mkdtempSync(join(tmpdir(), 'lastcall-console-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<p>page</p>');
writeFileSync(join(folder, 'assets', 'a.js'), 'one();');
writeFileSync(join(folder, 'assets', 'a.woff2'), 'font');
writeFileSync(join(folder, '..', 'secret.html'), 'secret');

const reply = distributionOf({
  folder,
  prefix: '/console',
  paths: ['/', '/console', '/console/*'],
  except: ['/console/config.json'],
  page: '/console/index.html',
  headersOf: (path) => ({ 'x-path': path }),
});

function get(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) {
  const request = new IncomingMessage(new Socket());
  return reply(Object.assign(request, { url, method, headers }));
}

test.each(['/', '/?x=1', '/console', '/console/jobs', '/console/jobs/01A/tasks?status=Error'])(
  'the path %s gets the page',
  (url) => {
    expect(get(url)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'x-path': '/console/index.html' },
      body: Buffer.from('<p>page</p>'),
    });
  },
);

test.each(['/jobs', '/consoles', '/health', '/console/config.json', '/local/token'])(
  'the path %s is left to the API',
  (url) => {
    expect(get(url)).toBeUndefined();
  },
);

test('a file has its type, and is compressed for those who accept it, but a font is not', () => {
  expect(get('/console/assets/a.js')).toMatchObject({ headers: { 'content-type': 'text/javascript; charset=utf-8' } });
  const accepts = { headers: { 'accept-encoding': 'gzip, br' } };
  const zipped = get('/console/assets/a.js', accepts);
  expect(zipped?.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  expect(gunzipSync(Buffer.from(zipped?.body ?? '')).toString()).toBe('one();');
  expect(get('/console/assets/a.woff2', accepts)?.headers).not.toHaveProperty('content-encoding');
});

test.each([
  '/console/assets/b.js',
  '/console/../secret.html',
  '/console/%2e%2e/secret.html',
  '/console/..%2fsecret.html',
])('the path %s is no file', (url) => {
  expect(get(url)).toMatchObject({ status: 404 });
});

test.each(['POST', 'PUT', 'DELETE'])('the method %s is refused for files', (method) => {
  expect(get('/console/jobs', { method })).toMatchObject({ status: 405 });
});
