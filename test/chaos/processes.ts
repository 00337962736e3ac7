/** The system's own processes, found by what only they have: its ports. Linux only. */
import { commandOf, environmentOf, processIds } from '#processes/process-table';

/** The pids of the servers of the system at that port; each leads its container's process group. */
export function serverPids(port: number): number[] {
  const mark = `AWS_ENDPOINT_URL_ECS=http://127.0.0.1:${port + 3}`;
  const isServer = (pid: string) => commandOf(pid).some((word) => word.includes('server/main.ts'));
  return pidsWhere((pid) => isServer(pid) && environmentOf(pid).includes(mark));
}

/** The pids of the DynamoDB engine that keeps its records in that directory, and of what guards it. */
export function enginePids(dataDirectory: string): number[] {
  return pidsWhere((pid) => commandOf(pid).some((word) => word.includes(`${dataDirectory}/`)));
}

/** Ends these at once; what is paused does not notice that its host is gone. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It has ended by itself since it was listed.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function pidsWhere(holds: (pid: string) => boolean): number[] {
  return [...processIds()].filter(holds).map(Number);
}
