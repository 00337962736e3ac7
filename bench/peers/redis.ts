/** The job queue on Redis, as it is installed in a folder of the user's. */
import { installed } from './installed.ts';
import { type Peer, Tally } from './peer.ts';

const QUEUE = 'nothing';
/** How many tasks go in one call. */
const TASKS_PER_CALL = 1_000;

type Place = { readonly folder: string; readonly redisUrl: string; readonly slots: number };

/** Starts BullMQ: one worker that runs as many tasks at once as there are slots. */
export async function startBullMq({ folder, redisUrl, slots }: Place): Promise<Peer> {
  const { Queue, Worker } = installed(folder, 'bullmq');
  const Redis = installed(folder, 'ioredis');
  // A worker waits for tasks by a command that blocks, so its requests have no limit.
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const tally = new Tally();
  const queue = new Queue(QUEUE, { connection });
  const worker = new Worker(QUEUE, async () => undefined, { connection, concurrency: slots });
  worker.on('error', console.error);
  worker.on('completed', () => tally.add(1));
  await worker.waitUntilReady();
  return {
    name: 'BullMQ',
    submit: async (tasks) => {
      for (let first = 0; first < tasks; first += TASKS_PER_CALL)
        await queue.addBulk(batchOf(first, Math.min(tasks, first + TASKS_PER_CALL)));
    },
    ended: (tasks) => tally.reaches(tasks),
    close: async () => {
      await worker.close(true);
      await queue.obliterate({ force: true });
      await queue.close();
      connection.disconnect();
    },
  };
}

function batchOf(first: number, end: number) {
  return Array.from({ length: end - first }, (_, index) => ({ name: QUEUE, data: { index: first + index } }));
}
