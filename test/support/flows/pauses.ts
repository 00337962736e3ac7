/** Pauses of a running system, as its own processes feel them: they stand still and do not know it. Linux only. */
import { setTimeout as sleep } from 'node:timers/promises';
import { enginesOf, type Process, processesOf, serversOf } from './processes.ts';

/** How much later than all others the servers go on after a pause of everything. */
const SERVERS_LATER_MS = 100;

/** For this time no request to DynamoDB is answered; then all of them are carried out. */
export async function pauseStore(port: number, pauseMs: number): Promise<void> {
  await pause(enginesOf(port), pauseMs);
}

/** The whole system stands still for this time. Its servers go on a little later than the rest. */
export async function pauseAll(port: number, pauseMs: number): Promise<void> {
  const groups = new Set(serversOf(port).map(({ groupId }) => groupId));
  const all = processesOf(port);
  const servers = all.filter(({ groupId }) => groups.has(groupId));
  await pause(servers, pauseMs + SERVERS_LATER_MS, () =>
    pause(
      all.filter((each) => !servers.includes(each)),
      pauseMs,
    ),
  );
}

async function pause(processes: readonly Process[], pauseMs: number, meanwhile = nothing): Promise<void> {
  for (const { pid } of processes) process.kill(pid, 'SIGSTOP');
  try {
    await Promise.all([sleep(pauseMs), meanwhile()]);
  } finally {
    for (const { pid } of processes) process.kill(pid, 'SIGCONT');
  }
}

async function nothing(): Promise<void> {}
