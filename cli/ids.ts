/** The ids of jobs and aborts on the command line: whole, by a prefix that only one has, or `@last`. */
import { type Client, Refused } from '#client/client';
import { EXIT, Stopped, wrongUse } from './exit-codes.ts';
import type { Session } from './session.ts';
import { lastId, type Noun, rememberId } from './state/last.ts';

const LAST = '@last';
/** Ids are ULIDs (https://github.com/ulid/spec): 26 characters of Crockford's base 32, which sort by time. */
const ID_CHARACTERS = 26;
const PREFIX = /^[0-7][0-9A-HJKMNP-TV-Z]{0,25}$/;
const HIGHEST = 'Z';

/** The id that the text means. It becomes `@last`. */
export async function resolveId(session: Session, noun: Noun, text: string): Promise<string> {
  const id = text === LAST ? await lastOf(session, noun) : await idOf(session.client, noun, text);
  await rememberId(session.client.url, noun, id);
  return id;
}

/** The abort that the text means: by its own id as above, or by its job. It becomes `@last`. */
export async function resolveAbort(session: Session, text: string): Promise<string> {
  if (text === LAST || !(await isOfJob(session.client, text))) return await resolveId(session, 'abort', text);
  const jobId = await resolveId(session, 'job', text);
  const { abortId } = await session.client.call('GET /jobs/{jobId}', { path: { jobId } });
  if (abortId !== undefined) return await resolveId(session, 'abort', abortId);
  throw new Stopped(`The job ${jobId} has no abort in this run.`, {
    exitCode: EXIT.failed,
    next: `lastcall aborts --job ${jobId}`,
  });
}

/** Whether a job has such an id, and no abort. */
async function isOfJob(client: Client, text: string): Promise<boolean> {
  const prefix = text.toUpperCase();
  if (!PREFIX.test(prefix) || (await isThere(client, 'abort', prefix))) return false;
  return await isThere(client, 'job', prefix);
}

async function isThere(client: Client, noun: Noun, prefix: string): Promise<boolean> {
  if (prefix.length < ID_CHARACTERS) return (await findIds(client, noun, prefix)).length > 0;
  try {
    if (noun === 'abort') await client.call('GET /aborts/{abortId}', { path: { abortId: prefix } });
    else await client.call('GET /jobs/{jobId}', { path: { jobId: prefix } });
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === 'NotFound') return false;
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
  throw wrongUse(
    `Several ${noun}s begin with "${prefix}", such as ${id} and ${other}: write more of the id.`,
    `lastcall ${noun}s`,
  );
}

function articled(noun: Noun): string {
  return noun === 'abort' ? 'an abort' : 'a job';
}

/** At most two. Lists go from the newest id down, so those with the prefix come first below the highest of them. */
async function findIds(client: Client, noun: Noun, prefix: string): Promise<string[]> {
  const query = { limit: 2, cursor: prefix.padEnd(ID_CHARACTERS, HIGHEST) };
  const ids =
    noun === 'job'
      ? (await client.call('GET /jobs', { query })).items.map(({ jobId }) => jobId)
      : (await client.call('GET /aborts', { query })).items.map(({ abortId }) => abortId);
  return ids.filter((id) => id.startsWith(prefix));
}
