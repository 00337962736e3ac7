import { expect, test } from '@jest/globals';
import { fleetSize } from '#domain/servers/fleet-size';

const NOW = '2026-01-01T10:10:00.000Z';
const LONG_AGO = '2026-01-01T10:00:00.000Z';
const DEMAND = { ready: 0, desired: 2, slots: 4, least: 0, most: 10, now: NOW };
const server = (attempts: number, more: Partial<Parameters<typeof fleetSize>[0][number]> = {}) => {
  return { status: 'Active', attempts, startedAt: LONG_AGO, ...more } as const;
};
const busy = (attempts = 4) => server(attempts);
const idle = () => server(0, { idleSince: LONG_AGO });

test.each([
  { what: 'a fleet in which everything runs and nothing waits stays', servers: [busy(), busy()], size: 2 },
  { what: 'a busy server counts, however few tasks it runs', servers: [busy(1), busy(1)], size: 2 },
  { what: 'tasks that wait get slots beside those that run', servers: [busy(), busy()], ready: 5, size: 4 },
  { what: 'free slots are used first', servers: [busy(1), idle()], ready: 3, size: 1 },
  { what: 'a server that was busy a moment ago is kept', servers: [busy(), server(0, { idleSince: NOW })], size: 2 },
  { what: 'a server that has just started is kept', servers: [busy(), server(0, { startedAt: NOW })], size: 2 },
  { what: 'a server that was long idle is not', servers: [busy(), idle()], size: 1 },
  { what: 'an idle fleet shrinks to the least', servers: [idle(), idle()], size: 0 },
  { what: 'the least is kept', servers: [idle(), idle()], least: 1, size: 1 },
  { what: 'the most is not exceeded', servers: [busy(), busy()], ready: 1000, size: 10 },
  { what: 'but the busy ones are not fewer', servers: [busy(), busy(), busy()], most: 2, size: 3 },
  { what: 'a stopped server counts no more', servers: [busy(), idle(), server(4, { status: 'Stopped' })], size: 1 },
  { what: 'while servers are starting the fleet does not shrink', servers: [busy(1)], desired: 3, size: 3 },
  { what: 'nor while all are', servers: [], size: 2 },
  { what: 'nor while tasks wait for them', servers: [idle()], ready: 1, size: 2 },
  { what: 'servers that never come do not keep those that were long idle', servers: [idle()], size: 0 },
  {
    what: 'servers that yield need others in their place',
    servers: [server(4, { rollout: 'yields' })],
    ready: 4,
    size: 2,
  },
  {
    what: 'but not beyond the most',
    servers: [server(1, { rollout: 'yields' }), busy()],
    most: 1,
    desired: 1,
    size: 1,
  },
] as const)('$what: $size', ({ servers, size, what: _, ...demand }) => {
  expect(fleetSize([...servers], { ...DEMAND, ...demand })).toBe(size);
});
