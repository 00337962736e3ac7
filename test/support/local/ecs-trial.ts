import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import { type Ecs, startEcs } from '#local/aws/ecs/ecs';
import type { EcsDeploymentStateChangeEvent, EcsTaskStateChangeEvent } from '#local/aws/ecs/events';
import type { EcsOptions } from '#local/aws/ecs/options';

const WAIT_MS = 8_000;
export const NAMES = { cluster: 'lastcall', service: 'batch-server', container: 'batch-server' };

/** Collects items, and waits up to WAIT_MS for an expected one. */
export class Feed<Item> {
  readonly items: Item[] = [];
  readonly #target = new EventTarget();

  add(item: Item): void {
    this.items.push(item);
    this.#target.dispatchEvent(new Event('item'));
  }

  /** The first item that matches, now or later. Fails with `what` after WAIT_MS. */
  async until(what: string, matches: (item: Item) => boolean): Promise<Item> {
    const signal = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = this.items.find(matches);
      if (found !== undefined) return found;
      await once(this.#target, 'item', { signal }).catch(() => {
        throw new Error(`${what} was not seen within ${WAIT_MS} ms, but: ${JSON.stringify(this.items, null, 1)}`);
      });
    }
  }
}

export interface Trial {
  readonly ecs: Ecs;
  readonly client: ECSClient;
  readonly events: Feed<EcsTaskStateChangeEvent>;
  readonly deployments: Feed<EcsDeploymentStateChangeEvent>;
  readonly lines: Feed<string>;
}

/** Programs of containers. Each prints `ready <pid>` once its signal handlers are in place. */
export const PROGRAMS = {
  polite: `process.on('SIGTERM', () => process.exit(0)); process.stdin.resume().on('end', () => process.exit(0));`,
  deaf: `process.on('SIGTERM', () => console.log('heard SIGTERM')); setInterval(() => {}, 1000);`,
};

const READY = "console.log('ready ' + process.pid);";
const folders: string[] = [];
const descendants: number[] = [];
const open: Ecs[] = [];

/** A new temporary folder. `endTrials` removes it. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-ecs-'));
  folders.push(folder);
  return folder;
}

/** The command of a container that runs this JavaScript module. */
export function commandOf(program: string): string[] {
  const file = join(newFolder(), 'container.mjs');
  writeFileSync(file, `${program}\n${READY}\n`);
  return [process.execPath, file];
}

/** Starts an ECS whose containers run the program, and collects its events and lines. */
export async function startTrial(program: string, options: Partial<EcsOptions> = {}): Promise<Trial> {
  const events = new Feed<EcsTaskStateChangeEvent>();
  const deployments = new Feed<EcsDeploymentStateChangeEvent>();
  const lines = new Feed<string>();
  const ecs = await startEcs({
    port: 0,
    ...NAMES,
    command: commandOf(program),
    environment: {},
    desiredCount: 1,
    stopTimeoutSeconds: 0.3,
    onStateChange: async (event) => events.add(event),
    onDeploymentChange: async (event) => deployments.add(event),
    log: (line) => lines.add(line),
    ...options,
  });
  open.push(ecs);
  return { ecs, client: clientOf(ecs.url), events, deployments, lines };
}

/** The process id from the line `child <pid>` of a container. `endTrials` kills the process if it still lives. */
export async function childPid({ lines }: Pick<Trial, 'lines'>): Promise<number> {
  const line = await lines.until('the child', (text) => /^\w{8} child \d+$/.test(text));
  const pid = Number(line.split(' ').at(-1));
  descendants.push(pid);
  return pid;
}

/** Ends everything that the tests have started. */
export async function endTrials(): Promise<void> {
  for (const pid of descendants.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await Promise.all(open.splice(0).map((ecs) => ecs.close({ force: true })));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The SDK's client for this endpoint. */
export function clientOf(endpoint: string): ECSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new ECSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** The tasks with the desired status RUNNING, the oldest first. */
export async function listTasks({ client }: Trial): Promise<string[]> {
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster: 'lastcall' }));
  return taskArns;
}

/** The task by DescribeTasks. Fails when it is unknown. */
export async function describeTask({ client }: Trial, task: string | undefined): Promise<Task> {
  const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster: 'lastcall', tasks: [task ?? ''] }));
  const [found] = tasks;
  if (found === undefined) throw new Error(`${task} is not described.`);
  return found;
}

/** Waits until this many container programs are ready. Returns their process ids in that order. */
export async function readyPids({ lines }: Pick<Trial, 'lines'>, count: number): Promise<number[]> {
  const isReady = (line: string) => /^\w{8} ready \d+$/.test(line);
  await lines.until(`${count} ready containers`, () => lines.items.filter(isReady).length >= count);
  return lines.items.filter(isReady).map((line) => Number(line.split(' ').at(-1)));
}

/** Waits for the event with this status, of this task or of any. */
export function untilStatus({ events }: Trial, status: string, taskArn?: string): Promise<EcsTaskStateChangeEvent> {
  const isOfTask = (arn: string) => taskArn === undefined || arn === taskArn;
  return events.until(`${status} of ${taskArn ?? 'a task'}`, ({ detail }) => {
    return detail.lastStatus === status && isOfTask(detail.taskArn);
  });
}

/** Whether the process lives. A zombie does not. */
export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) throw new Error('There is no such process id.');
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
