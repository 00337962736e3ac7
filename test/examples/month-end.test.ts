/** The example of the month's end, run as its readers run it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { freePorts } from '#test/support/flows/ports';

const RUN = join(import.meta.dirname, '..', '..', 'examples', 'month-end', 'run.ts');
const FLAGS = ['--conditions=lastcall-source', '--disable-warning=ExperimentalWarning'];

async function runExample(env: NodeJS.ProcessEnv, port?: number) {
  const child = spawn(process.execPath, [...FLAGS, RUN, String(port ?? (await freePorts(4)))], { env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

test('closes the month but for what hangs, which an abort stops; the salaries are paid', async () => {
  const { code, stdout, stderr } = await runExample(process.env);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^other tasks +statements +2 /m);
  expect(stdout).toMatch(/^statements +\w{32} +\d+s$/m);
  expect(stdout).toMatch(/^Payroll +kim +\w+ +FAILS: not restartable/m);
  expect(stdout).toMatch(/^Settled +of the job: 1 Cancelled; of others: 1 Finished$/m);
  expect(stdout).toMatch(/^Completed +/m);
  expect(stdout).toMatch(/^Tasks +37 Finished, 2 NotRun, 1 Cancelled$/m);
  expect(stdout).toMatch(/^Tasks +3 Finished$/m);
});

test('says plainly that python3 is missing', async () => {
  const { code, stderr } = await runExample({ ...process.env, PATH: import.meta.dirname });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('python3 is not on the PATH') });
});

test('touches no other system that runs at its port', async () => {
  const asked: string[] = [];
  const other = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.end('{}');
  });
  const port = await freePorts(1);
  other.listen(port, '127.0.0.1');
  await once(other, 'listening');
  const { code, stderr } = await runExample(process.env, port);
  other.close();
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('Another system runs at') });
  expect(asked).toEqual(['/health']);
});
