/** What the functions are told by their environment; wrong or missing values fail at the first use, by name. */
import { z } from 'zod';

const schema = z.object({
  LASTCALL_CLUSTER: z.string().min(1),
  LASTCALL_HEARTBEAT_SECONDS: z.coerce.number().positive(),
  LASTCALL_DRAIN_SECONDS: z.coerce.number().positive(),
  LASTCALL_STATE_MACHINE_ARN_PREFIX: z.string().min(1),
});

/**
 * The functions' configuration.
 * @throws Error naming each variable that is missing or wrong
 */
export function configuration() {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new Error(`The environment is not complete: ${z.prettifyError(parsed.error)}`);
  return {
    cluster: parsed.data.LASTCALL_CLUSTER,
    heartbeatSeconds: parsed.data.LASTCALL_HEARTBEAT_SECONDS,
    drainSeconds: parsed.data.LASTCALL_DRAIN_SECONDS,
    stateMachineArnPrefix: parsed.data.LASTCALL_STATE_MACHINE_ARN_PREFIX,
  };
}
