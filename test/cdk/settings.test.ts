import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { checkSettings, settingsOfContext } from '#cdk/settings';
import { REPOSITORY } from '#test/support/cdk/synthesis';

test('an installation needs no setting', () => {
  expect(checkSettings({})).toMatchObject({
    installation: 'lastcall',
    drainSeconds: 900,
    heartbeatSeconds: 10,
    slots: 4,
    batchGroups: ['*'],
    stopTimeoutSeconds: 120,
    desiredServers: 0,
    maximumServers: 4,
    natGateways: 0,
    removal: 'retain',
    mfa: 'required',
  });
});

test('servers that never sleep are as many as desired, unless a setting allows more', () => {
  expect(checkSettings({ desiredServers: 6 }).maximumServers).toBe(6);
  expect(checkSettings({ desiredServers: 6, maximumServers: 9 }).maximumServers).toBe(9);
});

test('cdk.json sets every feature flag of the CDK as the CDK recommends', () => {
  const { context } = JSON.parse(readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'));
  expect(context).toMatchObject(CURRENTLY_RECOMMENDED_FLAGS);
});

const MACHINE = { name: 'ci', role: 'BatchUser' };
const ISSUER = { url: 'https://login.example.com', audience: ['batch'] };

describe('a wrong setting is named', () => {
  test.each([
    ['an unknown setting', { drainSecs: 1 }, /Unrecognized key: "drainSecs"/],
    ['a drain of no time', { drainSeconds: 0 }, /drainSeconds/],
    ['more time than Fargate waits', { stopTimeoutSeconds: 121 }, /stopTimeoutSeconds/],
    ['more reserved slots than slots', { slots: 2, reservedSlots: 3 }, /3, more than the 2 slots/],
    ['fewer at most than desired', { desiredServers: 4, maximumServers: 2 }, /is 2, fewer than the 4 desired/],
    [
      'memory that Fargate does not have',
      { cpu: 1024, memoryMiB: 512 },
      /with 1024 CPU units Fargate gives 2048 to 8192/,
    ],
    ['a heartbeat that no schedule can follow', { heartbeatSeconds: 7 }, /21 s do not fit into minutes/],
    ['a drain that ends before a silent server is lost', { drainSeconds: 30 }, /is 30, no longer than the 30 s/],
    ['a name that is no name', { installation: 'Last Call' }, /small letters/],
    ['a batch group with a comma', { batchGroups: ['a,b'] }, /letters, digits/],
    ['all batch groups and one besides', { batchGroups: ['*', 'a'] }, /not both/],
    ['an issuer without TLS', { issuer: { url: 'http://login.example.com', audience: ['a'] } }, /issuer/],
    ['an issuer without an audience', { issuer: { url: 'https://login.example.com', audience: [] } }, /audience/],
    ['a name for an unknown role', { roles: { Ops: 'Root' } }, /roles/],
    ['no claim with roles', { rolesClaims: [] }, /rolesClaims/],
    ['two machines of one name', { machines: [MACHINE, MACHINE] }, /same name twice/],
    ['machines of another issuer', { machines: [MACHINE], issuer: ISSUER }, /make their clients there/],
    ['a domain that Cognito refuses', { machines: [MACHINE], installation: 'our-aws' }, /must not contain aws/],
    ['a retention that CloudWatch does not know', { logDays: 8 }, /logDays/],
    ['a relative path of handlers', { handlersFile: 'handlers.ts' }, /handlersFile/],
    ['an absolute path in a folder', { handlersFolder: 'a', handlersFile: '/b.ts' }, /module in handlersFolder/],
    ['a folder for an image', { handlersFolder: 'a', handlersFile: 'b.ts', image: 'c' }, /into your image yourself/],
    ['a base image by its tag', { baseImage: 'node:24-slim' }, /@sha256/],
    ['a secret without an image', { imageSecret: 'a' }, /set image/],
    ['a variable of the server', { handlerEnvironment: { LASTCALL_SLOTS: '9' } }, /handlerEnvironment.LASTCALL_SLOTS/],
    [
      'credentials as a variable',
      { handlerSecrets: { AWS_SESSION_TOKEN: { secret: 'a' } } },
      /handlerSecrets.AWS_SESSION_TOKEN/,
    ],
    [
      'a variable twice',
      { handlerEnvironment: { A: 'a' }, handlerSecrets: { A: { secret: 'a' } } },
      /has A, and so has/,
    ],
    ['an action of no service', { handlerPermissions: [{ actions: ['*'], resources: ['*'] }] }, /s3:GetObject/],
    ['less memory than slots need', { slots: 5 }, /5 slots need 8192: 512, and 1536 for each/],
  ])('%s', (_, settings, message) => {
    expect(() => checkSettings(settings)).toThrow(message);
  });
});

describe('the context of the command', () => {
  test('has settings as an object of cdk.json or as JSON of the command line', () => {
    expect(settingsOfContext({ lastcall: { slots: 3 } }).settings.slots).toBe(3);
    expect(settingsOfContext({ lastcall: '{"slots":3}' }).settings.slots).toBe(3);
  });

  test('makes a disposable copy for testStack, which takes settings, too', () => {
    const { settings } = settingsOfContext({ testStack: 'mine', lastcall: { drainSeconds: 60 } });
    expect(settings).toMatchObject({
      installation: 'lastcall-mine',
      removal: 'destroy',
      drainSeconds: 60,
      mfa: 'optional',
    });
  });

  test('refuses a name of a test stack that resources cannot have', () => {
    expect(() => settingsOfContext({ testStack: 'My Stack' })).toThrow(/small letters/);
  });
});
