/** Lists of aborts, newest first. */
import { type Abort, abortSchema } from '#domain/aborts/abort';
import { MAX_PAGE_BYTES } from '#domain/limits';
import type { AbortPhase } from '#domain/statuses';
import { toAbort } from '#store/aborts';
import { parseRecord } from '#store/dynamodb/parse-record';
import { queryPage, readItems } from '#store/dynamodb/read';
import { isExpired } from '#store/expiry';

/** Each may have 400 KB. */
const ABORTS_PER_READ = 25;

type Page = { readonly cursor?: string | undefined; readonly limit: number };

/** A page of one job's aborts, or of all when no job is named. `cursor` is there when there are more; a page of large ones may be short. */
export async function listAborts(jobId: string | undefined, page: Page): Promise<{ aborts: Abort[]; cursor?: string }> {
  const pages = jobId === undefined ? await phasePages(page) : [await jobAborts(jobId, page)];
  const newest = [...new Set(pages.flatMap((part) => part.ids))].sort((a, b) => (a < b ? 1 : -1));
  const { aborts, last } = await readAborts(newest.slice(0, page.limit));
  const more = last !== newest.at(-1) || pages.some((part) => part.more);
  return { aborts, ...(more && last !== undefined ? { cursor: last } : {}) };
}

/** The aborts with these ids, in their order, as many as a page may hold, and the last id that was looked at. */
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
  const kept = found.filter(({ item }) => !isExpired(item));
  return kept.map(({ item }) => toAbort(item)).sort((a, b) => (a.abortId < b.abortId ? 1 : -1));
}

/** Ids of the aborts that have not come to their end, or of those whose request is not through yet, newest first. */
export function openAborts(page: Page, phase: AbortPhase = 'Open'): Promise<{ ids: string[]; more: boolean }> {
  return abortIds({ index: 'byPhase', attribute: 'phase', value: phase }, page);
}

/** Open ones first: one that ends meanwhile is seen twice rather than not at all. */
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
    ids: reply.items.map((item) => parseRecord(keySchema, 'aborts', item).abortId),
    more: reply.next !== undefined,
  };
}

const keySchema = abortSchema.pick({ abortId: true });
