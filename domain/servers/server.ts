import * as z from 'zod';
import { LATE_HEARTBEATS, MISSED_HEARTBEATS } from '#domain/limits';
import { ALIVE_SERVER_STATUSES, ROLLOUTS, SERVER_STATUSES } from '#domain/statuses';

/** The name of the server's container on both hosts. AWS may add other containers beside it. */
export const SERVER_CONTAINER = 'batch-server';

/** A server writes this file into its container's temporary directory; a health check reads its age. */
export const HEARTBEAT_FILE = 'lastcall-heartbeat';

/** The group of a server that serves all groups. */
export const ALL_GROUPS = '*';

export const serverSchema = z.object({
  serverId: z.string(),
  containerArn: z.string(),
  status: z.enum(SERVER_STATUSES),
  batchGroups: z.array(z.string()),
  slots: z.number(),
  /** The names of its handlers. Absent in a record that a former version wrote: then it may have any. */
  handlers: z.array(z.string()).optional(),
  startedAt: z.string(),
  heartbeatAt: z.string(),
  /** How many attempts it had at its last heartbeat. */
  attempts: z.number().optional(),
  /** Since when it has had none. */
  idleSince: z.string().optional(),
  /** Since when ECS has refused to protect it from a scale-in. It claims nothing meanwhile. */
  protectionRefusedSince: z.string().optional(),
  /** Whether it yields to servers of a newer deployment, or takes over from those of a former one. */
  rollout: z.enum(ROLLOUTS).optional(),
  /** Cancelled jobs whose running tasks the server must tell, as `jobId#run`: a cancel does not reach the next run. */
  cancelOrders: z.set(z.string()).optional(),
  /** Attempts to stop by force, as `claimId#abortId`. */
  stopOrders: z.set(z.string()).optional(),
  /** Attempts that are ended by force, by `attemptRef`, until their events are written. */
  endings: z.set(z.string()).optional(),
  /** The ids of the aborts for which it drains and is restarted. */
  drainAborts: z.set(z.string()).optional(),
  /** Task tokens of the workflows that wait for the drain, as `abortId#token`. */
  drainTokens: z.set(z.string()).optional(),
  /** Task tokens of the workflows that wait for the proof of stop. */
  stopTokens: z.set(z.string()).optional(),
  drainingAt: z.string().optional(),
  drainDeadline: z.string().optional(),
  drainedAt: z.string().optional(),
  deadlineReached: z.boolean().optional(),
  lostAt: z.string().optional(),
  /** When ECS first said that it does not know the container. */
  missingAt: z.string().optional(),
  stopRequestedAt: z.string().optional(),
  /** When ECS accepted the stop: from then on it cannot be recalled. */
  stopAcceptedAt: z.string().optional(),
  /** The abort that requested its stop. What it ran is settled with this abort as the cause. */
  abortId: z.string().optional(),
  /** An abort drains it or has stopped it, and no server has taken its place yet. The key of an index. */
  unreplaced: z.literal('yes').optional(),
  /** The server that started after this one had stopped. */
  replacedBy: z.string().optional(),
  replacedAt: z.string().optional(),
  stoppedAt: z.string().optional(),
  exitCode: z.number().optional(),
  /** Why ECS stopped it: AWS's own code, and words. */
  stopCode: z.string().optional(),
  stopReason: z.string().optional(),
  settledAt: z.string().optional(),
  /** When its tasks were settled a second time: from then on no late claim can land. */
  closedAt: z.string().optional(),
});
/** A server as its record has it. Others write orders into it; the server reads them with its next heartbeat. */
export type Server = z.infer<typeof serverSchema>;

/** Those of the other groups that servers of these groups serve. */
export function servedAmong(served: readonly string[], groups: readonly string[]): readonly string[] {
  return served.includes(ALL_GROUPS) ? groups : groups.filter((group) => served.includes(group));
}

/** Whether servers of these groups serve at least one of the other groups. */
export function servesAny(served: readonly string[], groups: readonly string[]): boolean {
  return servedAmong(served, groups).length > 0;
}

/** Whether the server serves the task's batch group and has its handler. */
export function canRun({ batchGroups, handlers }: Abilities, task: { batchGroup: string; handler: string }): boolean {
  return servesAny(batchGroups, [task.batchGroup]) && (handlers?.includes(task.handler) ?? true);
}
type Abilities = Pick<Server, 'batchGroups' | 'handlers'>;

/** How many of the servers that may still run tasks have each handler, by its name. */
export function handlersOf(servers: readonly Server[]): Map<string, number> {
  const names = servers.filter(isAlive).flatMap(({ handlers = [] }) => handlers);
  return new Map([...Map.groupBy(names, (name) => name)].map(([name, group]) => [name, group.length]));
}

/** Whether the server may still run tasks. */
export function isAlive(server: Server): boolean {
  return ALIVE_SERVER_STATUSES.includes(server.status);
}

/** Whether the server may claim tasks, by its record: one that drains, stops or yields to a deployment may not. */
export function mayClaim({ status, rollout }: Pick<Server, 'status' | 'rollout'>): boolean {
  return status === 'Active' && rollout !== 'yields';
}

/** Whether the server has no lease any more. It may live: only the reaper's looks prove that it does not. */
export function isSilent(server: Server, at: Clock): boolean {
  return heartbeatsSince(server, at) > MISSED_HEARTBEATS;
}

/** Until when the server has its lease, unless it sends another heartbeat: the time from which it is silent. */
export function leaseUntil({ heartbeatAt }: Pick<Server, 'heartbeatAt'>, heartbeatSeconds: number): string {
  return new Date(Date.parse(heartbeatAt) + MISSED_HEARTBEATS * heartbeatSeconds * 1000).toISOString();
}

/** Whether a heartbeat of the server is missing. */
export function isLate(server: Server, at: Clock): boolean {
  return heartbeatsSince(server, at) > LATE_HEARTBEATS;
}

type Clock = { readonly now: string; readonly heartbeatSeconds: number };

function heartbeatsSince({ heartbeatAt }: Server, { now, heartbeatSeconds }: Clock): number {
  return (Date.parse(now) - Date.parse(heartbeatAt)) / (heartbeatSeconds * 1000);
}

/** The order to tell the running tasks of a job's run that it is cancelled, as a server's record has it. */
export function cancelOrder({ jobId, run }: { jobId: string; run: number }): string {
  return `${jobId}#${run}`;
}

/** An attempt as a server's record names it: `shardId/taskId/attempt`. Neither id has a slash. */
export function attemptRef({ shardId, taskId, attempt }: AttemptRef): string {
  return `${shardId}/${taskId}/${attempt}`;
}

/** The attempt that an `attemptRef` names. */
export function readAttemptRef(ref: string): AttemptRef {
  const [shardId = '', taskId = '', attempt = ''] = ref.split('/');
  return { shardId, taskId, attempt: Number(attempt) };
}
type AttemptRef = { readonly shardId: string; readonly taskId: string; readonly attempt: number };

/** The task tokens of the workflows that wait for the drain: those of one abort, or all. */
export function drainCallbacks(server: Server, abortId?: string): string[] {
  return [...(server.drainTokens ?? [])]
    .map((entry) => ({ of: entry.slice(0, entry.indexOf('#')), token: entry.slice(entry.indexOf('#') + 1) }))
    .filter(({ of }) => abortId === undefined || of === abortId)
    .map(({ token }) => token);
}
