/** The settings of an installation. A wrong or unknown one fails the synthesis with its name, value and remedy. */
import { z } from 'zod';
import { DEFAULT_DRAIN_SECONDS, DEFAULT_HISTORY_DAYS, MISSED_HEARTBEATS } from '#domain/limits';
import { servedGroupsSchema } from '#domain/names';
import { CATALOG } from '#functions/catalog/catalog';
import { WrongSettings } from './errors.ts';

/** The longest time that Fargate allows between SIGTERM and SIGKILL. */
const MAX_STOP_TIMEOUT_SECONDS = 120;
const MAX_DRAIN_SECONDS = 24 * 3600;
/** The retentions that CloudWatch Logs has. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;
/** The memory that Fargate has for each amount of CPU units: from, to, in steps of (MiB). */
const MEMORY: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

const settingsSchema = z
  .strictObject({
    /** Prefixes every name: one account and region can have several installations. */
    installation: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be 1 to 30 small letters, digits and hyphens, a letter first')
      .default('lastcall'),
    drainSeconds: z.int().min(1).max(MAX_DRAIN_SECONDS).default(DEFAULT_DRAIN_SECONDS),
    heartbeatSeconds: z.int().min(1).max(60).default(10),
    slots: z.int().min(1).max(256).default(4),
    /** How many of the slots only tasks of the priority ReservedCapacity get. */
    reservedSlots: z.int().min(0).default(0),
    /** The batch groups that the servers serve; `*` stands for all. */
    batchGroups: servedGroupsSchema.default(['*']),
    desiredServers: z.int().min(0).default(2),
    /** If more than `desiredServers`, the fleet grows up to this while tasks wait, and shrinks again. */
    maximumServers: z.int().min(1).max(5000).optional(),
    stopTimeoutSeconds: z.int().min(5).max(MAX_STOP_TIMEOUT_SECONDS).default(MAX_STOP_TIMEOUT_SECONDS),
    cpu: z.union(Object.keys(MEMORY).map((units) => z.literal(Number(units)))).default(1024),
    memoryMiB: z.int().default(4096),
    historyDays: z.int().min(1).default(DEFAULT_HISTORY_DAYS),
    logDays: z.literal(RETENTION_DAYS).default(90),
    /** A server image, such as one with your own handlers; without it the deployment builds `server/Dockerfile`. */
    image: z.string().min(1).optional(),
    /** The module with your own handlers, by its path in the image. */
    handlersFile: z.string().startsWith('/').optional(),
    /** An OpenID Connect issuer, whose tokens have the roles as `cognito:groups`. By default a Cognito user pool. */
    issuer: z
      .strictObject({ url: z.url({ protocol: /^https$/ }), audience: z.array(z.string().min(1)).min(1) })
      .optional(),
    /** Whether users of the pool need a second factor. */
    mfa: z.enum(['required', 'optional']).default('required'),
    /** Of a new network. With 0 the servers have public addresses, and still nothing can reach them. */
    natGateways: z.int().min(0).max(3).default(1),
    alarmEmail: z.email().optional(),
    containerInsights: z.boolean().default(false),
    /** `destroy` deletes all records with the stacks, for test stacks. */
    removal: z.enum(['retain', 'destroy']).default('retain'),
  })
  .check(({ value, issues }) => {
    const fault = (path: keyof typeof value, message: string) =>
      issues.push({ code: 'custom', path: [path], message, input: value[path] });
    const { maximumServers = Math.max(1, value.desiredServers), cpu, memoryMiB, heartbeatSeconds } = value;
    if (maximumServers < value.desiredServers)
      fault('maximumServers', `is ${maximumServers}, fewer than the ${value.desiredServers} desired`);
    if (value.reservedSlots > value.slots)
      fault('reservedSlots', `is ${value.reservedSlots}, more than the ${value.slots} slots`);
    const [from, to, step] = MEMORY[cpu] ?? [0, 0, 1];
    if (memoryMiB < from || memoryMiB > to || memoryMiB % step !== 0)
      fault('memoryMiB', `is ${memoryMiB}; with ${cpu} CPU units Fargate gives ${from} to ${to} in steps of ${step}`);
    // Step Functions needs a task's HeartbeatSeconds to be less than its TimeoutSeconds (guide, "Task workflow state").
    const lostSeconds = MISSED_HEARTBEATS * heartbeatSeconds;
    if (value.drainSeconds <= lostSeconds)
      fault(
        'drainSeconds',
        `is ${value.drainSeconds}, no longer than the ${lostSeconds} s after which a silent server is lost`,
      );
    if (!periodsOf(heartbeatSeconds).every((seconds) => 60 % seconds === 0 || seconds % 60 === 0))
      fault('heartbeatSeconds', `is ${heartbeatSeconds}: ${periodsOf(heartbeatSeconds)} s do not fit into minutes`);
  });

/** What an app may say of an installation: each setting has a default or may be left out. */
export type SettingsInput = z.input<typeof settingsSchema>;
/** The settings with their defaults. */
export type Settings = z.output<typeof settingsSchema>;

/**
 * The settings with their defaults.
 * @throws WrongSettings naming each setting that is wrong or unknown
 */
export function checkSettings(input: unknown): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new WrongSettings(`The settings of Lastcall are wrong:\n${z.prettifyError(parsed.error)}`);
}

const contextSchema = z.object({
  lastcall: z
    .preprocess((value) => (typeof value === 'string' ? JSON.parse(value) : value), z.looseObject({}))
    .default({}),
  testStack: z.string().optional(),
  vpcId: z.string().optional(),
});

/**
 * The settings of `cdk deploy -c lastcall={...} -c testStack=NAME -c vpcId=ID`.
 * A test stack costs little and leaves nothing.
 * @throws WrongSettings naming each setting that is wrong or unknown
 */
export function settingsOfContext(context: object): { settings: Settings; vpcId?: string | undefined } {
  const { lastcall, testStack, vpcId } = contextSchema.parse(context);
  const test = {
    installation: `lastcall-${testStack}`,
    removal: 'destroy',
    mfa: 'optional',
    natGateways: 0,
    logDays: 7,
  };
  return { settings: checkSettings(testStack === undefined ? lastcall : { ...test, ...lastcall }), vpcId };
}

function periodsOf(heartbeatSeconds: number): number[] {
  return CATALOG.flatMap(({ calledBy }) =>
    'schedule' in calledBy ? [calledBy.schedule.everyHeartbeats * heartbeatSeconds] : [],
  );
}
