/** The servers' processes, found by what only they have in their environment: the system's own ECS endpoint. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** The pids of the servers of the system at that port; each leads its container's process group. */
export function serverPids(port: number): number[] {
  const mark = `AWS_ENDPOINT_URL_ECS=http://127.0.0.1:${port + 3}\0`;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => read(pid, 'cmdline').includes('server/main.ts') && read(pid, 'environ').includes(mark))
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
