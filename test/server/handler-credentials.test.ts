/** On AWS, what handlers find as credentials are those of their own role, in threads, processes and programs. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serveCredentials } from '#server/container/handler-credentials';
import { giveCredentials } from '#server/handlers/environment';
import { type Around, HANDLERS_KEY, HANDLERS_ROLE, startAround } from '#test/support/server/credentials';
import { type Host, openHost, writeHandlers } from '#test/support/server/execution-host';

const SDK = join(import.meta.dirname, '..', '..', 'node_modules', '@aws-sdk', 'client-ecs', 'dist-cjs', 'index.js');
const SOURCE = `
import { defineCommand, defineHandler } from 'lastcall/sdk';
import sdk from '${SDK}';

const find = async () => {
  const { accessKeyId } = await new sdk.ECSClient({ region: 'us-east-1' }).config.credentials();
  const ofServer = ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'ECS_AGENT_URI', 'AWS_ACCESS_KEY_ID', 'AWS_CONFIG_FILE'];
  return { accessKeyId, left: ofServer.filter((name) => process.env[name] !== undefined), kept: process.env.KEPT };
};
const program = \`const sdk = require('${SDK}'); (\${find})().then((found) => console.log(JSON.stringify(found)))\`;

export default [
  defineHandler({ name: 'thread', isolation: 'thread', run: find }),
  defineHandler({ name: 'process', isolation: 'process', run: find }),
  defineCommand({ name: 'program', command: ['${process.execPath}', '-e', program] }),
];
`;

const handlers = writeHandlers(SOURCE);
let around: Around;
let host: Host;
let served: NodeJS.ProcessEnv;
beforeAll(async () => {
  around = await startAround();
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_CONFIG_FILE']) delete process.env[name];
  Object.assign(process.env, around.variables, { KEPT: 'yes' });
  served = await serveCredentials(HANDLERS_ROLE, 'server-1');
  giveCredentials(served);
  host = await openHost({ handlersFile: handlers.file });
});
afterAll(async () => {
  await host?.executor.close();
  await around.close();
  handlers.remove();
});

test.each(['thread', 'process', 'program'])(
  'a %s finds the credentials of the handlers, and no others',
  async (name) => {
    const result = { accessKeyId: HANDLERS_KEY, left: [], kept: 'yes' };
    expect(await host.run(name)).toEqual({ outcome: 'Finished', result });
  },
);

test('the role is assumed once, in a session named after the server', () => {
  expect(around.sessions).toEqual([`${HANDLERS_ROLE} server-1`]);
});

test('the credentials are given only to those who have the token', async () => {
  const url = served.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? '';
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN: token = '' } = served;
  const statusOf = async (authorization: string) => (await fetch(url, { headers: { authorization } })).status;
  expect(await Promise.all(['', 'x', `${token}x`, token].map(statusOf))).toEqual([401, 401, 401, 200]);
});
