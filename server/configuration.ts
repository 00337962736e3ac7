/** What a server is told by its environment. Wrong or missing values end the start, by name. */
import { z } from 'zod';

const schema = z.object({
  LASTCALL_TABLE_PREFIX: z.string(),
  LASTCALL_SLOTS: z.coerce.number().int().min(1).max(256),
  LASTCALL_RESERVED_SLOTS: z.coerce.number().int().min(0).default(0),
  LASTCALL_BATCH_GROUPS: z.string().min(1),
  LASTCALL_HEARTBEAT_SECONDS: z.coerce.number().positive(),
  LASTCALL_STOP_TIMEOUT_SECONDS: z.coerce.number().positive(),
  LASTCALL_HANDLERS: z.string().min(1).optional(),
  ECS_CONTAINER_METADATA_URI_V4: z.url(),
  ECS_AGENT_URI: z.url(),
});

export type Configuration = ReturnType<typeof readConfiguration>;

/**
 * The server's configuration.
 * @throws Error naming each variable that is missing or wrong
 */
export function readConfiguration(environment: NodeJS.ProcessEnv) {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) throw new Error(`The environment is not complete: ${z.prettifyError(parsed.error)}`);
  const given = parsed.data;
  return {
    slots: given.LASTCALL_SLOTS,
    reservedSlots: Math.min(given.LASTCALL_RESERVED_SLOTS, given.LASTCALL_SLOTS),
    batchGroups: given.LASTCALL_BATCH_GROUPS.split(','),
    heartbeatMs: given.LASTCALL_HEARTBEAT_SECONDS * 1000,
    stopTimeoutMs: given.LASTCALL_STOP_TIMEOUT_SECONDS * 1000,
    handlersFile: given.LASTCALL_HANDLERS,
    metadataUri: given.ECS_CONTAINER_METADATA_URI_V4,
    agentUri: given.ECS_AGENT_URI,
  };
}
