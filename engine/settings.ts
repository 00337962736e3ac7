/** What the functions are told by their environment, read once, when the first of them is loaded. */
import { z } from 'zod';

const schema = z.object({
  LASTCALL_CLUSTER: z.string().min(1),
  LASTCALL_HEARTBEAT_SECONDS: z.coerce.number().positive(),
  LASTCALL_DRAIN_SECONDS: z.coerce.number().positive(),
  LASTCALL_STATE_MACHINE_ARN_PREFIX: z.string().min(1),
  // Read by the store, which would fail at the first use of a wrong one.
  LASTCALL_TABLE_PREFIX: z.string(),
  LASTCALL_HISTORY_DAYS: z.coerce.number().positive().optional(),
});

/** The functions' configuration. Wrong or missing values fail the start of whatever loads it, by name. */
export const configuration = readConfiguration();

function readConfiguration() {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new Error(`The environment is not complete: ${z.prettifyError(parsed.error)}`);
  return {
    cluster: parsed.data.LASTCALL_CLUSTER,
    heartbeatSeconds: parsed.data.LASTCALL_HEARTBEAT_SECONDS,
    drainSeconds: parsed.data.LASTCALL_DRAIN_SECONDS,
    stateMachineArnPrefix: parsed.data.LASTCALL_STATE_MACHINE_ARN_PREFIX,
  };
}
