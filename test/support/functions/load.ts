/** Loads functions in a new process, as Lambda does: a module loads once, with its environment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
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

/** Node keeps what it has compiled of the functions; see run.ts. */
const { NODE_COMPILE_CACHE } = process.env;
const CACHE = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
const PROGRAM = `
  const files = process.argv.slice(1);
  const ends = await Promise.allSettled(files.map((file) => import('./functions/' + file + '.ts')));
  console.log(JSON.stringify(ends.map(({ reason }) => (reason === undefined ? 'loaded' : String(reason)))));`;
const outputSchema = z.array(z.string());

/** Loads functions in one process without calling them; says of each `loaded`, or what its start fails with. */
export async function load(files: readonly string[], variables: Record<string, string>): Promise<string[]> {
  const options = { cwd: REPOSITORY, env: { ...CACHE, ...variables } };
  const args = ['--input-type=module', '--eval', PROGRAM, ...files];
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return outputSchema.parse(JSON.parse(stdout));
}
