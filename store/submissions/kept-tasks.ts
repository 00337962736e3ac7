/**
 * Tasks that a request could not write in its time: kept here until the workflow has written them. They lie compressed
 * in parts, each under a partition key of its own, so that the parts of one job do not make a partition busy.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as z from 'zod';
import { MissingPart } from '#domain/errors';
import { type Task, taskSchema } from '#domain/tasks/task';
import { createItems } from '#store/dynamodb/create-items';
import { parseRecord } from '#store/dynamodb/parse-record';
import { readItems } from '#store/dynamodb/read';

/** Before compression. An item of DynamoDB has at most 400 KB, and some inputs cannot be compressed. */
const MAX_PART_BYTES = 256 * 1024;
/** Longer than any fault lasts: a part that expires before its tasks are written would be lost. */
const PART_KEPT_SECONDS = 30 * 24 * 3600;

/** The place of a job's kept tasks. */
type Place = { readonly jobId: string; readonly since: string };

/** Keeps the tasks in their order, and returns the number of parts. 1 WCU for each KB of their compressed JSON. */
export async function keepTasks(place: Place, tasks: readonly Task[]): Promise<number> {
  const parts = inParts(tasks.map((task) => JSON.stringify(task)));
  const expiresAt = Math.ceil(Date.now() / 1000) + PART_KEPT_SECONDS;
  const items = parts.map(async (part, index) => {
    return { partId: partIdOf(place, index), tasks: await compress(`[${part.join(',')}]`), expiresAt };
  });
  // Parts that exist are from this very call: their place has its time.
  await createItems('submissions', await Promise.all(items));
  return parts.length;
}

/**
 * The tasks of these parts, in their order, read consistently. 1 RCU for each 4 KB of their compressed JSON.
 * @throws MissingPart if a part was deleted, MalformedRecord
 */
export async function keptTasks(place: Place, parts: { from: number; to: number }): Promise<Task[]> {
  const partIds = Array.from({ length: parts.to - parts.from }, (_, index) => partIdOf(place, parts.from + index));
  const found = await readItems(partIds.map((partId) => ({ table: 'submissions', key: { partId } })));
  const records = found.map(({ item }) => parseRecord(partSchema, 'submissions', item));
  const byId = new Map(records.map((record) => [record.partId, record.tasks]));
  const read = partIds.map(async (partId) => {
    const compressed = byId.get(partId);
    if (!compressed) throw new MissingPart(partId);
    return tasksSchema.parse(JSON.parse((await decompress(compressed)).toString()));
  });
  return (await Promise.all(read)).flat();
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);
const partSchema = z.object({ partId: z.string(), tasks: z.instanceof(Uint8Array) });
const tasksSchema = z.array(taskSchema);

function partIdOf({ jobId, since }: Place, index: number): string {
  return `${jobId}#${since}#${index}`;
}

function inParts(texts: readonly string[]): string[][] {
  const parts: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    const more = Buffer.byteLength(text) + 1;
    const isFull = bytes + more > MAX_PART_BYTES;
    if (isFull) parts.push([]);
    parts.at(-1)?.push(text);
    bytes = isFull ? more : bytes + more;
  }
  return parts;
}
