/** The environment of every suite, set before anything is imported; the endpoints of what a suite starts follow when they are known. */
import { ulid } from 'ulid';
import { DEFAULT_ROLE_NAMES, DEFAULT_ROLES_CLAIMS } from '#domain/roles';

/** Long, so that a slow machine does not make a test server lost: only heartbeats that are years old are missed. */
export const HEARTBEAT_SECONDS = 60;
export const DRAIN_SECONDS = 900;

Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  LASTCALL_TABLE_PREFIX: `test-${ulid()}-`,
  LASTCALL_CLUSTER: 'lastcall',
  LASTCALL_SERVICE: 'batch-server',
  LASTCALL_SLOTS: '4',
  LASTCALL_BATCH_GROUPS: '*',
  LASTCALL_MIN_SERVERS: '2',
  LASTCALL_MAX_SERVERS: '2',
  LASTCALL_WAKE_SERVERS: '1',
  LASTCALL_HEARTBEAT_SECONDS: String(HEARTBEAT_SECONDS),
  LASTCALL_DRAIN_SECONDS: String(DRAIN_SECONDS),
  LASTCALL_STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:',
  LASTCALL_ROLES: JSON.stringify(DEFAULT_ROLE_NAMES),
  LASTCALL_ROLES_CLAIMS: DEFAULT_ROLES_CLAIMS.join(),
  LASTCALL_CONSOLE: JSON.stringify({
    name: 'trial',
    colour: '#1f6feb',
    signIn: { issuer: 'http://127.0.0.1/local', local: true },
  }),
  POWERTOOLS_LOG_LEVEL: 'SILENT',
});
