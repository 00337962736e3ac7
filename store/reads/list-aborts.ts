/** Lists of aborts, newest first. */
import { type Abort, abortSchema } from '#domain/aborts/abort';
import { MAX_PAGE_BYTES } from '#domain/limits';
import type { AbortPhase } from '#domain/statuses';
import { parseEach } from '#store/dynamodb/parse-record';
import { queryPage, readItems } from '#store/dynamodb/read';
import { isExpired } from '#store/expiry';

/** An abort can have 400 KB. */
const ABORTS_PER_READ = 25;

type Page = { readonly cursor?: string | undefined; readonly limit: number };

/**
 * A page of one job's aborts, or of all aborts. `cursor` is set if there are more; a page of large aborts may be short.
 * Malformed ones are logged and left out. 0.5 RCU for each 4 KB of the index, 1 for each 4 KB of an abort.
 */
export async function listAborts(jobId: string | undefined, page: Page): Promise<{ aborts: Abort[]; cursor?: string }> {
  const pages = jobId === undefined ? await phasePages(page) : [await jobAborts(jobId, page)];
  const newest = [...new Set(pages.flatMap((part) => part.ids))].sort((a, b) => (a < b ? 1 : -1));
  const { aborts, last } = await readAborts(newest.slice(0, page.limit));
  const more = last !== newest.at(-1) || pages.some((part) => part.more);
  return { aborts, ...(more && last !== undefined ? { cursor: last } : {}) };
}

/** The aborts with these ids in order, as many as fit in a page, and the last id that was read. */
async function readAborts(ids: readonly string[]): Promise<{ aborts: Abort[]; last: string | undefined }> {
  const aborts: Abort[] = [];
  let bytes = 0;
  for (let start = 0; start < ids.length; start += ABORTS_PER_READ) {
    for (const abort of await readBatch(ids.slice(start, start + ABORTS_PER_READ))) {
      aborts.push(abort);
      bytes += Buffer.byteLength(JSON.stringify(abort));
      if (bytes >= MAX_PAGE_BYTES) return { aborts, last: abort.abortId };
    }
  }
  return { aborts, last: ids.at(-1) };
}

async function readBatch(ids: readonly string[]): Promise<Abort[]> {
  const found = await readItems(ids.map((abortId) => ({ table: 'aborts', key: { abortId } })));
  const kept = found.map(({ item }) => item).filter((item) => !isExpired(item));
  return parseEach(abortSchema, 'aborts', kept).sort((a, b) => (a.abortId < b.abortId ? 1 : -1));
}

/** Ids of the aborts of one phase, newest first; may lag a moment behind. 0.5 RCU for each 4 KB. */
export function openAborts(page: Page, phase: AbortPhase = 'Open'): Promise<{ ids: string[]; more: boolean }> {
  return abortIds({ index: 'byPhase', attribute: 'phase', value: phase }, page);
}

/** Open aborts first: an abort that ends between the two reads is seen twice, not missed. */
async function phasePages(page: Page): Promise<{ ids: string[]; more: boolean }[]> {
  const open = await openAborts(page);
  return [open, await openAborts(page, 'Final')];
}

function jobAborts(jobId: string, page: Page): Promise<{ ids: string[]; more: boolean }> {
  return abortIds({ index: 'byJob', attribute: 'jobId', value: jobId }, page);
}

async function abortIds(
  of: { index: string; attribute: string; value: string },
  page: Page,
): Promise<{ ids: string[]; more: boolean }> {
  const reply = await queryPage({
    table: 'aborts',
    index: of.index,
    partition: [of.attribute, of.value],
    newestFirst: true,
    limit: page.limit,
    after: page.cursor === undefined ? undefined : { [of.attribute]: of.value, abortId: page.cursor },
  });
  return {
    ids: parseEach(keySchema, 'aborts', reply.items).map(({ abortId }) => abortId),
    more: reply.next !== undefined,
  };
}

const keySchema = abortSchema.pick({ abortId: true });
