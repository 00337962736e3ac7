import { expect, test } from '@jest/globals';
import { rolloutOf } from '#domain/servers/rollout';

const placed = (serverId: string, deploymentId?: string) => ({ serverId, deploymentId, startedAt: serverId });
const UNDER_WAY = { primaryId: 'new', desired: 3, isUnderWay: true };
const old = ['a', 'b', 'c'].map((id) => placed(id, 'old'));
const rollouts = (servers: Parameters<typeof rolloutOf>[0], deploying = UNDER_WAY) =>
  Object.fromEntries(rolloutOf(servers, deploying));

test('Servers of a former deployment yield one by one, the oldest first, as new ones come', () => {
  expect(rollouts(old)).toEqual({ a: undefined, b: undefined, c: undefined });
  expect(rollouts([...old, placed('x', 'new')])).toEqual({ a: 'yields', b: undefined, c: undefined, x: 'takesOver' });
});

test('All of them yield once all new ones are there, however many they are', () => {
  const servers = [...old, placed('d', 'older'), ...['x', 'y', 'z'].map((id) => placed(id, 'new'))];
  expect(rollouts(servers)).toMatchObject({ a: 'yields', b: 'yields', c: 'yields', d: 'yields', z: 'takesOver' });
});

test('After a rollback the servers of the failed deployment yield, and those that had yielded take over', () => {
  const servers = [...old, placed('x', 'new')];
  expect(rollouts(servers, { ...UNDER_WAY, primaryId: 'old' })).toEqual({
    ...{ a: 'takesOver', b: 'takesOver', c: 'takesOver' },
    x: 'yields',
  });
});

test('A server whose container ECS does not know now is left as it is', () => {
  expect(rollouts([placed('u'), placed('x', 'new')])).toEqual({ x: 'takesOver' });
});

test('Without a deployment under way every server works as always', () => {
  expect(rollouts([...old, placed('u')], { ...UNDER_WAY, isUnderWay: false })).toEqual({
    ...{ a: undefined, b: undefined, c: undefined },
    u: undefined,
  });
});
