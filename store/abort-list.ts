/** Lists of aborts, newest first. */
import { type Abort, abortSchema } from '#domain/abort';
import { isExpired } from './expiry.ts';
import { queryPage, readItems } from './read.ts';

type Page = { readonly cursor?: string | undefined; readonly limit: number };

/** A page of one job's aborts, or of all when no job is named. `cursor` is there when there are more. */
export async function listAborts(jobId: string | undefined, page: Page): Promise<{ aborts: Abort[]; cursor?: string }> {
  const pages = jobId === undefined ? await phasePages(page) : [await jobAborts(jobId, page)];
  const newest = [...new Set(pages.flatMap((part) => part.ids))].sort((a, b) => (a < b ? 1 : -1));
  const ids = newest.slice(0, page.limit);
  const found = await readItems(ids.map((abortId) => ({ table: 'aborts', key: { abortId } })));
  const kept = found.filter(({ item }) => !isExpired(item));
  const aborts = kept.flatMap(({ item }) => abortSchema.safeParse(item).data ?? []);
  const more = newest.length > ids.length || pages.some((part) => part.more);
  const last = ids.at(-1);
  return {
    aborts: aborts.sort((a, b) => (a.abortId < b.abortId ? 1 : -1)),
    ...(more && last !== undefined ? { cursor: last } : {}),
  };
}

/** Ids of the aborts that have not come to their end, or of those whose request is not through yet, newest first. */
export function openAborts(
  page: Page,
  phase: 'Open' | 'Requested' = 'Open',
): Promise<{ ids: string[]; more: boolean }> {
  return abortIds({ index: 'byPhase', attribute: 'phase', value: phase }, page);
}

/** Open ones first: one that ends meanwhile is seen twice rather than not at all. */
async function phasePages(page: Page): Promise<{ ids: string[]; more: boolean }[]> {
  const open = await openAborts(page);
  return [open, await abortIds({ index: 'byPhase', attribute: 'phase', value: 'Final' }, page)];
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
  return { ids: reply.items.map((item) => keySchema.parse(item).abortId), more: reply.next !== undefined };
}

const keySchema = abortSchema.pick({ abortId: true });
