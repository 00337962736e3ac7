/** Who calls: the token in the header must be the one that the gateway has verified. */
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_ROLE_NAMES } from '#domain/roles';
import { callerOf } from '#functions/middleware/caller';
import { admin, alice, httpEvent, type User } from '#test/support/functions/http';

// Read at the first call.
process.env.LASTCALL_ROLES = JSON.stringify({
  ...DEFAULT_ROLE_NAMES,
  'Ops Team': 'BatchJobManager',
  'lastcall/BatchUser': 'BatchUser',
});
process.env.LASTCALL_ROLES_CLAIMS = 'cognito:groups,groups,scope';

const eventOf = (user: User, headers = {}) => httpEvent('GET /jobs', { as: user, headers }).event;
const headerOf = (user: User) => eventOf(user).headers.authorization ?? '';
const unauthorized = expect.objectContaining({ code: 'Unauthorized' });

describe('the caller is that of the verified token', () => {
  test.each(['Bearer ', 'bearer ', 'BEARER   ', ''])('with the scheme %j', (scheme) => {
    const authorization = headerOf(alice).replace('Bearer ', scheme);
    expect(callerOf(eventOf(alice, { authorization }))).toMatchObject(alice);
  });
});

describe('a call is refused', () => {
  test.each<[string, string]>([
    ['without the header', ''],
    ['with two tokens, the verified one first', `${headerOf(alice)},${headerOf(admin)}`],
    ['with two tokens, the verified one last', `${headerOf(admin)},${headerOf(alice)}`],
    ['with the token of another user', headerOf({ ...admin, roles: alice.roles })],
    ['with other roles than were verified', headerOf({ ...alice, roles: admin.roles })],
    ['with more roles than were verified', headerOf({ ...alice, roles: [...alice.roles, ...admin.roles] })],
    ['with text that is no token', 'Bearer x.y.z'],
  ])('%s', (_what, authorization) => {
    expect(() => callerOf(eventOf(alice, { authorization }))).toThrow(unauthorized);
  });

  test('if the gateway has verified nothing', () => {
    const authorization = headerOf(admin);
    const { event } = httpEvent('GET /jobs', { as: 'nobody', headers: { authorization } });
    expect(() => callerOf(event)).toThrow(unauthorized);
  });
});

const nina: User = { user: 'nina', roles: [] };

describe('roles come from all claims that the settings name', () => {
  const rolesBy = (claims: object) => callerOf(httpEvent('GET /jobs', { as: nina, claims: { ...claims } }).event).roles;

  test.each<[string, object, string[]]>([
    ['by a group that stands for a role', { groups: ['Ops Team', 'Marketing'] }, ['BatchJobManager']],
    ['by a text, as one name', { groups: 'Ops Team' }, ['BatchJobManager']],
    ['by each of the scopes', { scope: 'openid lastcall/BatchUser' }, ['BatchUser']],
    ['by a list of scopes', { scope: ['openid', 'lastcall/BatchUser'] }, ['BatchUser']],
    ['by several', { groups: ['Ops Team'], 'cognito:groups': ['Reader'] }, ['Reader', 'BatchJobManager']],
    ['but not by a word of a text', { groups: 'Ops Team SystemAdministrator' }, []],
    ['nor by a claim that they do not name', { roles: ['SystemAdministrator'] }, []],
  ])('%s', (_what, claims, roles) => {
    expect(rolesBy(claims)).toEqual(roles);
  });

  test('and a token of a program without a user is that of its client', () => {
    const claims = { sub: undefined, client_id: '7abc', scope: 'lastcall/BatchUser' };
    const { event } = httpEvent('GET /jobs', { as: nina, claims });
    expect(callerOf(event)).toMatchObject({ user: '7abc', roles: ['BatchUser'] });
  });
});

describe('the name of a user', () => {
  test.each<[string, object, string | undefined]>([
    ['is the one in the token', { name: 'Nina Küster', email: 'nina@example.com' }, 'Nina Küster'],
    ['may be another claim', { name: ' ', email: 'nina@example.com' }, 'nina@example.com'],
    ['is on one line', { name: 'Nina\u0000\r\nKüster\u202e' }, 'Nina Küster'],
    ['is cut', { name: '\u{1F600}'.repeat(101) }, '\u{1F600}'.repeat(100)],
    ['is left out if it is the id', { username: 'nina' }, undefined],
    ['is left out if there is none', { name: ['Nina'] }, undefined],
  ])('%s', (_what, claims, name) => {
    expect(callerOf(httpEvent('GET /jobs', { as: nina, claims: { ...claims } }).event).name).toBe(name);
  });
});
