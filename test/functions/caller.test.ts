/** Who calls: the token in the header must be the one that the gateway has verified. */
import { describe, expect, test } from '@jest/globals';
import { callerOf } from '#functions/middleware/caller';
import { admin, alice, httpEvent, type User } from '#test/support/functions/http';

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
