/** Reads a job file, or stdin, and checks it by the rules of the API. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { wrongUse } from '#cli/exit-codes';
import type { Request } from '#client/client';

const STDIN = '-';

/** @throws Stopped when it cannot be read, and with `file:line:column: problem` for each problem */
export async function readJob(path: string): Promise<Request<'POST /jobs'>['body']> {
  const source = path === STDIN ? await text(process.stdin) : await textOf(path);
  const { checkJobFile } = await import('#client/job-file/check-job-file');
  const checked = checkJobFile(source, path === STDIN ? 'stdin' : path);
  if (checked.problems === undefined) return checked.job;
  throw wrongUse(
    `It is not a job file that can be submitted.\n${checked.problems.join('\n')}`,
    `correct it, then lastcall validate ${path}`,
  );
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrongUse(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, 'lastcall init');
  });
}
