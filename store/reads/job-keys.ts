/** The jobs of one phase, as their index has them. */
import type { z } from 'zod';
import { jobSchema } from '#domain/jobs/job';
import type { JobPhase } from '#domain/statuses';
import type { Item } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { queryPage } from '#store/dynamodb/read';

const jobKeySchema = jobSchema
  .pick({ jobId: true, status: true, batchGroup: true, name: true, createdBy: true, priority: true })
  .partial({ name: true, createdBy: true, priority: true });
/** What the index byPhase has of a job. */
export type JobKey = z.infer<typeof jobKeySchema>;

/** Which index entries to read: beyond the id `before` in their order, and with ids from `from` to `to`. */
type KeyPage = {
  readonly before?: string | undefined;
  readonly limit: number;
  readonly oldestFirst?: boolean | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

/**
 * The index entries of jobs of one phase, newest first unless told otherwise; may lag a moment behind. Malformed
 * entries are logged and left out; `more` is true only with at least one key. 0.5 RCU for each 4 KB.
 */
export async function listJobKeys(
  phase: JobPhase,
  { before, limit, oldestFirst = false, from, to }: KeyPage,
): Promise<{ keys: JobKey[]; more: boolean }> {
  let after: Item | undefined = before === undefined ? undefined : { phase, jobId: before };
  let keys: JobKey[];
  // The last key is the place where the next page starts, so a page without any is skipped here.
  do {
    const query = { table: 'jobs', index: 'byPhase', newestFirst: !oldestFirst, limit } as const;
    const range = { ...(from && { from: ['jobId', from] as const }), ...(to && { to: ['jobId', to] as const }) };
    const reply = await queryPage({ ...query, ...range, partition: ['phase', phase], after });
    keys = parseEach(jobKeySchema, 'jobs', reply.items);
    after = reply.next;
  } while (keys.length === 0 && after);
  return { keys, more: after !== undefined };
}
