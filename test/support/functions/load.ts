/** Loads a function in a new process, as Lambda does: a module loads once, with its environment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_ROLE_NAMES, DEFAULT_ROLES_CLAIMS } from '#domain/roles';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** All variables that a function needs, with right values. */
export const RIGHT = {
  AWS_REGION: 'us-east-1',
  LASTCALL_TABLE_PREFIX: 'lastcall-',
  LASTCALL_CLUSTER: 'lastcall',
  LASTCALL_SERVICE: 'batch-server',
  LASTCALL_SLOTS: '4',
  LASTCALL_BATCH_GROUPS: '*',
  LASTCALL_MIN_SERVERS: '0',
  LASTCALL_MAX_SERVERS: '2',
  LASTCALL_WAKE_SERVERS: '0',
  LASTCALL_HEARTBEAT_SECONDS: '10',
  LASTCALL_DRAIN_SECONDS: '900',
  LASTCALL_STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:',
  LASTCALL_ROLES: JSON.stringify(DEFAULT_ROLE_NAMES),
  LASTCALL_ROLES_CLAIMS: DEFAULT_ROLES_CLAIMS.join(),
};

/** Loads the function's file without calling it; returns its output, `loaded` if nothing is wrong. */
export async function load(file: string, variables: Record<string, string>): Promise<string> {
  const program = `await import('./functions/${file}.ts'); console.log('loaded');`;
  const options = { cwd: REPOSITORY, env: variables };
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], options);
  return ended.then(({ stdout }) => stdout.trim()).catch(({ stderr }) => String(stderr));
}
