/** What a server reads from its environment. If a variable is missing or wrong, it names it and does not start. */
import { z } from 'zod';
import { WrongSettings } from '#domain/errors';
import { servedGroupsSchema } from '#domain/names';

const environmentSchema = z
  .object({
    LASTCALL_TABLE_PREFIX: z.string(),
    LASTCALL_SLOTS: z.coerce.number().int().min(1).max(256),
    LASTCALL_RESERVED_SLOTS: z.coerce.number().int().min(0).default(0),
    LASTCALL_BATCH_GROUPS: z
      .string()
      .transform((text) => text.split(','))
      .pipe(servedGroupsSchema),
    LASTCALL_HEARTBEAT_SECONDS: z.coerce.number().positive(),
    // The store reads it. With a wrong value, every write of an end would fail.
    LASTCALL_HISTORY_DAYS: z.coerce.number().positive().optional(),
    /** Of the queue of nudges, which the engine reads; empty where there is none. */
    LASTCALL_NUDGE_QUEUE_URL: z.union([z.literal(''), z.url()]).default(''),
    LASTCALL_STOP_TIMEOUT_SECONDS: z.coerce.number().positive(),
    LASTCALL_HANDLERS: z.string().min(1).optional(),
    /** Empty where handlers have the credentials of the server. */
    LASTCALL_HANDLERS_ROLE: z.string().default(''),
    ECS_CONTAINER_METADATA_URI_V4: z.url(),
    ECS_AGENT_URI: z.url(),
  })
  .refine((values) => values.LASTCALL_RESERVED_SLOTS <= values.LASTCALL_SLOTS, {
    path: ['LASTCALL_RESERVED_SLOTS'],
    error: 'must not be more than LASTCALL_SLOTS',
  });

export type Settings = ReturnType<typeof readSettings>;

/**
 * Reads the server's settings.
 * @throws WrongSettings naming each variable that is missing or wrong
 */
export function readSettings(environment: NodeJS.ProcessEnv) {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) throw new WrongSettings(z.prettifyError(parsed.error));
  const values = parsed.data;
  return {
    slots: values.LASTCALL_SLOTS,
    reservedSlots: values.LASTCALL_RESERVED_SLOTS,
    batchGroups: values.LASTCALL_BATCH_GROUPS,
    heartbeatMs: values.LASTCALL_HEARTBEAT_SECONDS * 1000,
    stopTimeoutMs: values.LASTCALL_STOP_TIMEOUT_SECONDS * 1000,
    handlersFile: values.LASTCALL_HANDLERS,
    handlersRole: values.LASTCALL_HANDLERS_ROLE,
    metadataUri: values.ECS_CONTAINER_METADATA_URI_V4,
    agentUri: values.ECS_AGENT_URI,
  };
}
