/** What the functions read from their environment. */
import * as z from 'zod';
import { WrongSettings } from '#domain/errors';
import { servedGroupsSchema } from '#domain/names';

const schema = z.object({
  LASTCALL_CLUSTER: z.string().min(1),
  LASTCALL_SERVICE: z.string().min(1),
  LASTCALL_SLOTS: z.coerce.number().int().positive(),
  LASTCALL_BATCH_GROUPS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(servedGroupsSchema),
  LASTCALL_MIN_SERVERS: z.coerce.number().int().min(0),
  LASTCALL_MAX_SERVERS: z.coerce.number().int().min(0),
  LASTCALL_WAKE_SERVERS: z.coerce.number().int().min(0),
  LASTCALL_HEARTBEAT_SECONDS: z.coerce.number().positive(),
  LASTCALL_DRAIN_SECONDS: z.coerce.number().positive(),
  LASTCALL_STATE_MACHINE_ARN_PREFIX: z.string().min(1),
  // The store reads it, and would fail only at the first use of a wrong one.
  LASTCALL_TABLE_PREFIX: z.string(),
  LASTCALL_HISTORY_DAYS: z.coerce.number().positive().optional(),
  // `engine/aws/nudges` reads it, in servers, too. Empty where there is no queue.
  LASTCALL_NUDGE_QUEUE_URL: z.union([z.literal(''), z.url()]).default(''),
});
type Settings = {
  readonly cluster: string;
  readonly service: string;
  /** Of each server. */
  readonly slots: number;
  /** The batch groups that the servers serve. */
  readonly batchGroups: readonly string[];
  /** The fewest and the most servers that the fleet has. If they are equal, their number is left alone. */
  readonly minServers: number;
  readonly maxServers: number;
  /** How many servers a wake starts at most; 0 if the servers never sleep. */
  readonly wakeServers: number;
  readonly heartbeatSeconds: number;
  readonly drainSeconds: number;
  readonly stateMachineArnPrefix: string;
};

let known: Settings | undefined;

/**
 * The settings, read once. Every function calls this when it is loaded, so a wrong value fails its start.
 * @throws WrongSettings naming each variable that is missing or wrong
 */
export function settings(): Settings {
  known ??= readSettings();
  return known;
}

function readSettings(): Settings {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new WrongSettings(z.prettifyError(parsed.error));
  return {
    cluster: parsed.data.LASTCALL_CLUSTER,
    service: parsed.data.LASTCALL_SERVICE,
    slots: parsed.data.LASTCALL_SLOTS,
    batchGroups: parsed.data.LASTCALL_BATCH_GROUPS,
    minServers: parsed.data.LASTCALL_MIN_SERVERS,
    maxServers: parsed.data.LASTCALL_MAX_SERVERS,
    wakeServers: parsed.data.LASTCALL_WAKE_SERVERS,
    heartbeatSeconds: parsed.data.LASTCALL_HEARTBEAT_SECONDS,
    drainSeconds: parsed.data.LASTCALL_DRAIN_SECONDS,
    stateMachineArnPrefix: parsed.data.LASTCALL_STATE_MACHINE_ARN_PREFIX,
  };
}
