import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const MODULE = join(import.meta.dirname, '..', '..', 'processes', 'process-group.ts');
/** Opens files until no descriptor is free, then starts a group. */
const PROGRAM = `
import { openSync } from 'node:fs';
import { ProcessGroup } from ${JSON.stringify(MODULE)};
const open = () => { for (;;) openSync('/dev/null'); };
try { open(); } catch {}
const group = ProcessGroup.start({ argv: ['true'], env: {}, stdio: ['ignore', 'pipe', 'pipe'], channel: 'pipe' });
const { channel } = group;
const { fault } = await group.gone;
process.stdout.write(JSON.stringify({ hasChannel: channel !== undefined, code: fault.code }));
`;

test('A program that cannot be started because no descriptor is free is gone with that fault, and has no channel', async () => {
  const shell = ['-c', 'ulimit -n 100; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', PROGRAM];
  const { stdout } = await run('/bin/sh', shell);
  expect(JSON.parse(stdout)).toEqual({ hasChannel: false, code: 'EMFILE' });
});
