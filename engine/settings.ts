/** What the functions read from their environment. */
import { z } from 'zod';
import { WrongSettings } from '#domain/errors';

const schema = z.object({
  LASTCALL_CLUSTER: z.string().min(1),
  LASTCALL_HEARTBEAT_SECONDS: z.coerce.number().positive(),
  LASTCALL_DRAIN_SECONDS: z.coerce.number().positive(),
  LASTCALL_STATE_MACHINE_ARN_PREFIX: z.string().min(1),
  // The store reads it, and would fail only at the first use of a wrong one.
  LASTCALL_TABLE_PREFIX: z.string(),
  LASTCALL_HISTORY_DAYS: z.coerce.number().positive().optional(),
});
type Settings = {
  readonly cluster: string;
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
    heartbeatSeconds: parsed.data.LASTCALL_HEARTBEAT_SECONDS,
    drainSeconds: parsed.data.LASTCALL_DRAIN_SECONDS,
    stateMachineArnPrefix: parsed.data.LASTCALL_STATE_MACHINE_ARN_PREFIX,
  };
}
