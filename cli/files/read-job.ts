/** Reads a job file, or stdin, and checks it by the rules of the API. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { wrongUse } from '#cli/exit-codes';
import type { Request } from '#client/client';

const STDIN = '-';

/** @throws Stopped when it cannot be read, and with `file:line:column: problem` for each problem */
export async function readJob(path: string): Promise<Request<'POST /jobs'>['body']> {
  const source = await sourceOf(path, 'lastcall init');
  const { checkJobFile } = await import('#client/job-file/check-job-file');
  const checked = checkJobFile(source, nameOf(path));
  if (checked.problems === undefined) return checked.request;
  throw wrongUse(
    `It is not a job file that can be submitted.\n${checked.problems.join('\n')}`,
    `correct it, then lastcall validate ${path}`,
  );
}

/** The tasks of a file that has nothing else. @throws Stopped like `readJob` */
export async function readTasks(path: string): Promise<Request<'POST /jobs/{jobId}/tasks'>['body']> {
  const source = await sourceOf(path, 'name a file with tasks, or - for stdin');
  const { checkTasksFile } = await import('#client/job-file/check-job-file');
  const checked = checkTasksFile(source, nameOf(path));
  if (checked.problems === undefined) return checked.request;
  throw wrongUse(
    `These are not tasks that can be added.\n${checked.problems.join('\n')}`,
    'correct it, then run the command again; the file has tasks as a job file has them, and nothing else',
  );
}

async function sourceOf(path: string, next: string): Promise<string> {
  if (path === STDIN) return await text(process.stdin);
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrongUse(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, next);
  });
}

/** What problems call it. */
function nameOf(path: string): string {
  return path === STDIN ? 'stdin' : path;
}
