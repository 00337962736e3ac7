/** The job queues on PostgreSQL, as they are installed in a folder of the user's. */
import { installed } from './installed.ts';
import { type Peer, Tally } from './peer.ts';

const QUEUE = 'nothing';
/** The shortest poll that pg-boss takes, and the tasks that each of its workers takes at a poll. */
const POLL_SECONDS = 0.5;
const BATCH = 25;

type Place = { readonly folder: string; readonly postgresUrl: string; readonly slots: number };

/** Starts pg-boss, with a worker for each slot. */
export async function startPgBoss({ folder, postgresUrl, slots }: Place): Promise<Peer> {
  const Boss = installed(folder, 'pg-boss');
  const boss = new Boss(postgresUrl);
  const tally = new Tally();
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue(QUEUE);
  const take = async (tasks: readonly unknown[]) => tally.add(tasks.length);
  const options = { batchSize: BATCH, pollingIntervalSeconds: POLL_SECONDS };
  for (let slot = 0; slot < slots; slot += 1) await boss.work(QUEUE, options, take);
  return {
    name: 'pg-boss',
    submit: (tasks) => boss.insert(Array.from({ length: tasks }, (_, index) => ({ name: QUEUE, data: { index } }))),
    ended: (tasks) => tally.reaches(tasks),
    close: () => boss.stop({ graceful: false }),
  };
}

/** Starts graphile-worker with its own notification of new tasks. */
export async function startGraphileWorker({ folder, postgresUrl, slots }: Place): Promise<Peer> {
  const { run, makeWorkerUtils, Logger } = installed(folder, 'graphile-worker');
  const tally = new Tally();
  const common = { connectionString: postgresUrl, logger: new Logger(() => () => undefined) };
  const utils = await makeWorkerUtils(common);
  await utils.migrate();
  const taskList = { [QUEUE]: async () => tally.add(1) };
  const runner = await run({ ...common, concurrency: slots, noHandleSignals: true, taskList });
  return {
    name: 'graphile-worker',
    submit: (tasks) =>
      utils.addJobs(Array.from({ length: tasks }, (_, index) => ({ identifier: QUEUE, payload: { index } }))),
    ended: (tasks) => tally.reaches(tasks),
    close: async () => {
      await runner.stop();
      await utils.release();
    },
  };
}
