import { describe, expect, test } from '@jest/globals';
import { readSettings } from '#server/settings';

const ENVIRONMENT = {
  LASTCALL_TABLE_PREFIX: 'lastcall-',
  LASTCALL_SLOTS: '4',
  LASTCALL_RESERVED_SLOTS: '4',
  LASTCALL_BATCH_GROUPS: 'nightly,print',
  LASTCALL_HEARTBEAT_SECONDS: '10',
  LASTCALL_HISTORY_DAYS: '90',
  LASTCALL_STOP_TIMEOUT_SECONDS: '120',
  ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/it',
  ECS_AGENT_URI: 'http://169.254.170.2/api/it',
};

test('the settings are read from the environment', () => {
  expect(readSettings(ENVIRONMENT)).toMatchObject({
    slots: 4,
    reservedSlots: 4,
    batchGroups: ['nightly', 'print'],
    heartbeatMs: 10_000,
    stopTimeoutMs: 120_000,
  });
});

describe('a wrong setting is refused by its name:', () => {
  test.each([
    ['LASTCALL_TABLE_PREFIX', undefined],
    ['LASTCALL_SLOTS', '0'],
    ['LASTCALL_SLOTS', 'many'],
    ['LASTCALL_RESERVED_SLOTS', '5'],
    ['LASTCALL_BATCH_GROUPS', ''],
    ['LASTCALL_BATCH_GROUPS', 'a b,,!'],
    ['LASTCALL_BATCH_GROUPS', '*,a'],
    ['LASTCALL_HEARTBEAT_SECONDS', '-1'],
    ['LASTCALL_HISTORY_DAYS', 'abc'],
    ['LASTCALL_STOP_TIMEOUT_SECONDS', ''],
    ['ECS_AGENT_URI', 'nowhere'],
  ])('%s=%s', (name, value) => {
    expect(() => readSettings({ ...ENVIRONMENT, [name]: value })).toThrow(name);
  });
});
