import { z } from 'zod';
import { MISSED_HEARTBEATS } from '#domain/limits';
import { SERVER_STATUSES } from '#domain/statuses';

/** The name of the server's container on both hosts: AWS may put others beside it. */
export const SERVER_CONTAINER = 'batch-server';

/** The group label of a server that serves all groups. */
export const ALL_GROUPS = '*';

/** The record of a server. Orders are written here by others and heard by the server with its next heartbeat. */
export const serverSchema = z.object({
  serverId: z.string(),
  containerArn: z.string(),
  status: z.enum(SERVER_STATUSES),
  batchGroups: z.array(z.string()),
  slots: z.number(),
  startedAt: z.string(),
  heartbeatAt: z.string(),
  /** Jobs whose running tasks are to be told that they are cancelled, as `jobId#run`: a cancel does not mean the next run. */
  cancelOrders: z.set(z.string()).optional(),
  /** Claims whose run is to be stopped by force, by claim id. */
  stopOrders: z.set(z.string()).optional(),
  /** Attempts that are being ended by force, by `attemptRef`: their events are told, and then they are taken out. */
  endings: z.set(z.string()).optional(),
  /** The aborts for which it drains and is restarted, by id. */
  drainAborts: z.set(z.string()).optional(),
  /** Callbacks of the workflows that wait for the drain, as `abortId#token`. */
  drainTokens: z.set(z.string()).optional(),
  /** Callbacks of the workflows that wait for the proof of stop. */
  stopTokens: z.set(z.string()).optional(),
  drainingAt: z.string().optional(),
  drainDeadline: z.string().optional(),
  drainedAt: z.string().optional(),
  deadlineReached: z.boolean().optional(),
  lostAt: z.string().optional(),
  stopRequestedAt: z.string().optional(),
  /** When ECS had accepted the stop: from then on it cannot be taken back. */
  stopAcceptedAt: z.string().optional(),
  /** The abort that had its stop requested: what it ran is settled in that name. */
  abortId: z.string().optional(),
  /** The server that started when this one had been stopped. */
  replacedBy: z.string().optional(),
  replacedAt: z.string().optional(),
  stoppedAt: z.string().optional(),
  exitCode: z.number().optional(),
  settledAt: z.string().optional(),
  /** When what it held had been settled a second time: nothing of it can land any more. */
  closedAt: z.string().optional(),
});
export type Server = z.infer<typeof serverSchema>;

/** Whether the server may still run tasks. */
export function isAlive(server: Server): boolean {
  return server.status === 'Active' || server.status === 'Draining' || server.status === 'Stopping';
}

/** Whether so many heartbeats of the server are missing that it is taken for dead. */
export function isSilent({ heartbeatAt }: Server, at: { now: string; heartbeatSeconds: number }): boolean {
  return Date.parse(at.now) - Date.parse(heartbeatAt) > MISSED_HEARTBEATS * at.heartbeatSeconds * 1000;
}

/** The order that has the running tasks of a job, or of the job of a task, told that it is cancelled, as it stands in a server's record. */
export function cancelOrder({ jobId, run }: { jobId: string; run: number }): string {
  return `${jobId}#${run}`;
}

/** Names an attempt of a task, as it stands in a server's record: a shard's id has no slash, nor has a task's. */
export function attemptRef({ shardId, taskId, attempt }: AttemptRef): string {
  return `${shardId}/${taskId}/${attempt}`;
}

/** The attempt that such a name means. */
export function readAttemptRef(ref: string): AttemptRef {
  const [shardId = '', taskId = '', attempt = ''] = ref.split('/');
  return { shardId, taskId, attempt: Number(attempt) };
}
type AttemptRef = { readonly shardId: string; readonly taskId: string; readonly attempt: number };

/** The callbacks of the drain that belong to an abort, or all of them. */
export function drainCallbacks(server: Server, abortId?: string): string[] {
  return [...(server.drainTokens ?? [])]
    .map((entry) => ({ of: entry.slice(0, entry.indexOf('#')), token: entry.slice(entry.indexOf('#') + 1) }))
    .filter(({ of }) => abortId === undefined || of === abortId)
    .map(({ token }) => token);
}
