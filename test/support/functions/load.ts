/**
 * Loads functions with an environment of their own, as Lambda does. One process loads all, one after the other: each
 * time our modules are new ones, while packages stay.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from '@jest/globals';
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
  LASTCALL_CONSOLE: JSON.stringify({
    name: 'trial',
    colour: '#1f6feb',
    signIn: { issuer: 'http://127.0.0.1/local', local: true },
  }),
};

/** Node keeps what it has compiled of the packages; see run.ts. */
const { NODE_COMPILE_CACHE } = process.env;
const CACHE = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
const PROGRAM = `
  import { registerHooks } from 'node:module';
  import { createInterface } from 'node:readline';
  let round = 0;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const isOurs = found.url.startsWith('file:') && !found.url.includes('/node_modules/');
      return isOurs ? { ...found, url: found.url + '?' + round } : found;
    },
  });
  for await (const line of createInterface({ input: process.stdin })) {
    const { files, variables } = JSON.parse(line);
    round += 1;
    process.env = variables;
    const ends = await Promise.allSettled(files.map((file) => import('./functions/' + file + '.ts')));
    console.log(JSON.stringify(ends.map(({ reason }) => (reason === undefined ? 'loaded' : String(reason)))));
  }`;
const outputSchema = z.array(z.string());

let started: { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } | undefined;
afterAll(() => void started?.child.kill());

/** Loads functions without calling them; says of each `loaded`, or what its start fails with. One call at a time. */
export async function load(files: readonly string[], variables: Record<string, string>): Promise<string[]> {
  started ??= start();
  const { child, lines } = started;
  child.stdin?.write(`${JSON.stringify({ files, variables })}\n`);
  const { value } = await lines.next();
  return outputSchema.parse(JSON.parse(value ?? 'null'));
}

function start() {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const child = spawn(process.execPath, args, { cwd: REPOSITORY, env: CACHE, stdio: ['pipe', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}
