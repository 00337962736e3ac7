/** The system's own processes, found by what only they have: its ports. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** The pids of the servers of the system at that port; each leads its container's process group. */
export function serverPids(port: number): number[] {
  const mark = `AWS_ENDPOINT_URL_ECS=http://127.0.0.1:${port + 3}\0`;
  return pidsWhere((pid) => read(pid, 'cmdline').includes('server/main.ts') && read(pid, 'environ').includes(mark));
}

/** The pids of the DynamoDB engine that keeps its records in that directory, and of what guards it. */
export function enginePids(dataDirectory: string): number[] {
  return pidsWhere((pid) => read(pid, 'cmdline').includes(`${dataDirectory}/`));
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
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && holds(name))
    .map(Number);
}

function read(pid: string, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended since we listed it, or it is not one of ours to look into.
    return '';
  }
}
