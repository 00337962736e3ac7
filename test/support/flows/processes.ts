/** Looks at the operating system's processes. Those of a system have marks that no others have. */
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export type Process = { readonly pid: number; readonly groupId: number; readonly command: string };

const metadataSchema = z.object({ TaskARN: z.string() });

/**
 * All processes of the system at that port: those that carry its ECS endpoint in their environment (servers and
 * whatever they start, handed down from parent to child), its host, its engine with its guards. Ended ones whose parent
 * has not waited for them yet do not count.
 */
export function processesOf(port: number): Process[] {
  const marks = [
    `AWS_ENDPOINT_URL_ECS=http://127.0.0.1:${port + 3}\0`,
    `\0--port\0${port + 1}\0`,
    `\0--port\0${port}\0`,
  ];
  return living().filter(({ pid }) =>
    marks.some((mark) => (['environ', 'cmdline'] as const).some((file) => read(pid, file).includes(mark))),
  );
}

/** The servers' processes of the system at that port, each the leader of its container's process group. */
export function serversOf(port: number): Process[] {
  return processesOf(port).filter(({ pid, groupId, command }) => pid === groupId && command.includes('server/main.ts'));
}

/** The DynamoDB engine of the system at that port, and what guards it. */
export function enginesOf(port: number): Process[] {
  return living().filter(({ pid }) => read(pid, 'cmdline').includes(`\0--port\0${port + 1}\0`));
}

/** All processes of the process groups, with any environment. */
export function processesInGroups(groupIds: readonly number[]): Process[] {
  return living().filter(({ groupId }) => groupIds.includes(groupId));
}

/** The process of a server, found through the container's metadata endpoint, as the server itself finds its id. */
export async function processOf(port: number, serverId: string): Promise<Process | undefined> {
  for (const found of serversOf(port)) if ((await serverIdOf(found)) === serverId) return found;
  return undefined;
}

/** The value of a variable in the environment that a process was started with. */
export function variableOf(pid: number, name: string): string {
  const found = read(pid, 'environ')
    .split('\0')
    .find((line) => line.startsWith(`${name}=`));
  if (found === undefined) throw new Error(`The process ${pid} has no variable ${name}.`);
  return found.slice(name.length + 1);
}

async function serverIdOf({ pid }: Process): Promise<string | undefined> {
  const uri = /(?:^|\0)ECS_CONTAINER_METADATA_URI_V4=([^\0]+)/.exec(read(pid, 'environ'))?.[1];
  if (uri === undefined) return undefined;
  const { TaskARN } = metadataSchema.parse(await (await fetch(`${uri}/task`)).json());
  return TaskARN.split('/').at(-1);
}

function living(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const [state, , group] = read(Number(name), 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (group === undefined || state === 'Z' || state === 'X') return [];
    return [
      { pid: Number(name), groupId: Number(group), command: read(Number(name), 'cmdline').replaceAll('\0', ' ') },
    ];
  });
}

function read(pid: number, file: 'environ' | 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended since we listed it, or it is not one of ours to look into.
    return '';
  }
}
