import { describe, expect, test } from '@jest/globals';
import { optionsOf } from '#local/options';

test('without options the defaults of the contract apply', () => {
  expect(optionsOf()).toEqual({
    port: 4000,
    servers: 2,
    wakeServers: 0,
    slots: 4,
    reservedSlots: 0,
    batchGroups: '*',
    historyDays: 90,
    drainSeconds: 900,
    heartbeatSeconds: 2,
    demo: false,
    likeAws: false,
  });
});

test('every option is read, and files become absolute paths', () => {
  const given = [
    '--port 5000 --servers 0 --wake-servers 32 --slots 64 --reserved-slots 8 --batch-groups nightly,print',
    '--history-days 7 --drain-seconds 181 --heartbeat-seconds 60 --data d --demo --like-aws',
  ].flatMap((part) => part.split(' '));
  expect(optionsOf(...given, '--handlers', 'package.json')).toEqual({
    port: 5000,
    servers: 0,
    wakeServers: 32,
    slots: 64,
    reservedSlots: 8,
    batchGroups: 'nightly,print',
    historyDays: 7,
    drainSeconds: 181,
    heartbeatSeconds: 60,
    data: `${process.cwd()}/d`,
    handlers: `${process.cwd()}/package.json`,
    demo: true,
    likeAws: true,
  });
});

describe('a wrong option is refused', () => {
  test.each([
    ['--port', '0', /from 1 to 65532/],
    ['--port', '65533', /from 1 to 65532/],
    ['--port', '4000.5', /whole number/],
    ['--port', '4e3', /whole number/],
    ['--port', '-1', /whole number/],
    ['--port', ' 4000', /whole number/],
    ['--port', '', /whole number/],
    ['--servers', '33', /from 0 to 32/],
    ['--wake-servers', '33', /from 0 to 32/],
    ['--wake-servers', '1', /needs '--servers 0': 2 servers never sleep/],
    ['--slots', '0', /from 1 to 64/],
    ['--reserved-slots', '65', /from 0 to 64/],
    ['--batch-groups', '', /names of batch groups/],
    ['--batch-groups', 'a,,b', /names of batch groups/],
    ['--batch-groups', 'a,*', /names of batch groups/],
    ['--history-days', '0', /from 1 to 3650/],
    ['--drain-seconds', '0', /from 1 to 86400/],
    ['--heartbeat-seconds', '61', /from 1 to 60/],
    ['--data', '', /must name a directory/],
    ['--reserved-slots', '5', /5 of only 4 slots/],
    ['--drain-seconds', '6', /is 6, no longer than the 6 s/],
    ['--handlers', 'no-such-file.ts', /no such file/],
    ['--demo', 'yes', /too many arguments/],
    ['--prot', '4000', /unknown option '--prot'/],
  ])('%s %s', (option, value, message) => {
    expect(() => optionsOf(option, value)).toThrow(message);
  });
});
