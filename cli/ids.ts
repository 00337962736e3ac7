/** The ids of jobs and aborts on the command line: whole, by a prefix that only one has, or `@last`. */
import { type Client, type Job, Refused } from '#client/client';
import { EXIT, Stopped, wrongUse } from './exit-codes.ts';
import type { Session } from './session.ts';
import { lastId, type Noun, rememberId } from './state/last.ts';

const LAST = '@last';
/** Ids are ULIDs (https://github.com/ulid/spec): 26 characters of Crockford's base 32, which sort by time. */
const ID_CHARACTERS = 26;
const BASE_32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PREFIX = /^[0-7][0-9A-HJKMNP-TV-Z]{0,25}$/;

/** The id that the text means. It becomes `@last`. */
export async function resolveId(session: Session, noun: Noun, text: string): Promise<string> {
  const id = await findId(session, noun, text);
  await rememberId(session.client.url, noun, id);
  return id;
}

/** The id that the text means, which does not become `@last`. */
export async function findId(session: Session, noun: Noun, text: string): Promise<string> {
  return text === LAST ? await lastOf(session, noun) : await idOf(session.client, noun, text);
}

/** The abort that the text means: by its own id as above, or by its job. It becomes `@last`. */
export async function resolveAbort(session: Session, text: string): Promise<string> {
  const job = text === LAST ? undefined : await jobOf(session.client, text.toUpperCase());
  if (!job) return await resolveId(session, 'abort', text);
  await rememberId(session.client.url, 'job', job.jobId);
  if (job.abortId !== undefined) return await resolveId(session, 'abort', job.abortId);
  throw new Stopped(`The job ${job.jobId} has no abort in this run.`, {
    exitCode: EXIT.failed,
    next: `lastcall aborts --job ${job.jobId}`,
  });
}

/** The job that has such an id, if no abort has. What has a whole id shows when it is read. */
async function jobOf(client: Client, prefix: string): Promise<Job | undefined> {
  if (!PREFIX.test(prefix)) return undefined;
  if (prefix.length === ID_CHARACTERS) return await findJob(client, prefix);
  if ((await findIds(client, 'abort', prefix)).length > 0) return undefined;
  const [jobId, other] = await findIds(client, 'job', prefix);
  if (other !== undefined) throw ambiguous('job', prefix, [jobId ?? '', other]);
  return jobId === undefined ? undefined : await findJob(client, jobId);
}

async function findJob(client: Client, jobId: string): Promise<Job | undefined> {
  try {
    return await client.call('GET /jobs/{jobId}', { path: { jobId } });
  } catch (error) {
    if (error instanceof Refused && error.code === 'NotFound') return undefined;
    throw error;
  }
}

async function lastOf({ client }: Session, noun: Noun): Promise<string> {
  const id = await lastId(client.url, noun);
  if (id !== undefined) return id;
  throw wrongUse(
    `There is no ${LAST}: no command has named ${articled(noun)} of this system yet.`,
    `lastcall ${noun}s`,
  );
}

async function idOf(client: Client, noun: Noun, text: string): Promise<string> {
  const prefix = text.toUpperCase();
  if (prefix.length === ID_CHARACTERS) return prefix;
  if (!PREFIX.test(prefix))
    throw wrongUse(`"${text}" is not the id of ${articled(noun)}, nor its beginning.`, `lastcall ${noun}s`);
  const [id, other] = await findIds(client, noun, prefix);
  if (id === undefined)
    throw new Stopped(`There is no ${noun} whose id begins with "${prefix}".`, {
      exitCode: EXIT.failed,
      next: `lastcall ${noun}s`,
    });
  if (other === undefined) return id;
  throw ambiguous(noun, prefix, [id, other]);
}

function ambiguous(noun: Noun, prefix: string, [id, other]: readonly [string, string]): Stopped {
  return wrongUse(
    `Several ${noun}s begin with "${prefix}", such as ${id} and ${other}: write more of the id.`,
    `lastcall ${noun}s`,
  );
}

function articled(noun: Noun): string {
  return noun === 'abort' ? 'an abort' : 'a job';
}

/** At most two. Lists go from the newest id down, so those with the prefix come first below the next one above them. */
async function findIds(client: Client, noun: Noun, prefix: string): Promise<string[]> {
  const query = { limit: 2, cursor: idAbove(prefix) };
  const ids =
    noun === 'job'
      ? (await client.call('GET /jobs', { query })).items.map(({ jobId }) => jobId)
      : (await client.call('GET /aborts', { query })).items.map(({ abortId }) => abortId);
  return ids.filter((id) => id.startsWith(prefix));
}

/** The lowest id above all with the prefix, so that a list from it has `<prefix>ZZ`, too. Undefined if none can be. */
function idAbove(prefix: string): string | undefined {
  const counted = prefix.replace(/Z+$/, '');
  if (counted === '7') return undefined;
  const next = BASE_32[BASE_32.indexOf(counted.slice(-1)) + 1];
  return `${counted.slice(0, -1)}${next}`.padEnd(ID_CHARACTERS, '0');
}
