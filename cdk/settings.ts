/** What an installation is told. A wrong or unknown setting ends the synthesis with its name, the value got and what is right. */
import { z } from 'zod';
import { DEFAULT_DRAIN_SECONDS, DEFAULT_HISTORY_DAYS, MISSED_HEARTBEATS } from '#domain/limits';
import { servedGroupsSchema } from '#domain/names';
import { CATALOG } from '#functions/catalog/catalog';

/** Fargate gives a container no longer than this between SIGTERM and SIGKILL. */
const MAX_STOP_TIMEOUT_SECONDS = 120;
const MAX_DRAIN_SECONDS = 24 * 3600;
/** What CloudWatch Logs takes as retention. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;
/** The memory that Fargate gives to each amount of CPU units: from, to, in steps of (MiB). */
const MEMORY: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

const schema = z
  .strictObject({
    /** Prefixes every name, so that several installations fit into one account and region. */
    installation: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be 1 to 30 small letters, digits and hyphens, a letter first')
      .default('lastcall'),
    drainSeconds: z.int().min(1).max(MAX_DRAIN_SECONDS).default(DEFAULT_DRAIN_SECONDS),
    heartbeatSeconds: z.int().min(1).max(60).default(10),
    slots: z.int().min(1).max(256).default(4),
    /** Of the slots, those that only tasks of the priority ReservedCapacity get. */
    reservedSlots: z.int().min(0).default(0),
    /** The batch groups that the servers serve; `*` stands for all. */
    batchGroups: servedGroupsSchema.default(['*']),
    desiredServers: z.int().min(0).default(2),
    /** More than `desiredServers`: the fleet grows up to this with the tasks that wait, and shrinks again. */
    maximumServers: z.int().min(1).max(5000).optional(),
    stopTimeoutSeconds: z.int().min(5).max(MAX_STOP_TIMEOUT_SECONDS).default(MAX_STOP_TIMEOUT_SECONDS),
    cpu: z.union(Object.keys(MEMORY).map((units) => z.literal(Number(units)))).default(1024),
    memoryMiB: z.int().default(4096),
    historyDays: z.int().min(1).default(DEFAULT_HISTORY_DAYS),
    logDays: z.literal(RETENTION_DAYS).default(90),
    /** An image of the server, your own handlers in it, say; without one `server/Dockerfile` is built at the deployment. */
    image: z.string().min(1).optional(),
    /** The module with your own handlers, by its path in the image. */
    handlersFile: z.string().startsWith('/').optional(),
    /** An OpenID Connect issuer of your own, whose tokens carry the roles as `cognito:groups`; without one a Cognito user pool is made. */
    issuer: z
      .strictObject({ url: z.url({ protocol: /^https$/ }), audience: z.array(z.string().min(1)).min(1) })
      .optional(),
    /** Whether the users of the pool need a second factor. */
    mfa: z.enum(['required', 'optional']).default('required'),
    /** Of the network that is made where none is given. With 0 the servers have public addresses, and still nobody can reach them. */
    natGateways: z.int().min(0).max(3).default(1),
    alarmEmail: z.email().optional(),
    containerInsights: z.boolean().default(false),
    /** `destroy`: all records go with the stacks, for test stacks. */
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
    // Step Functions wants a task's HeartbeatSeconds to be less than its TimeoutSeconds (guide, "Task workflow state").
    if (value.drainSeconds <= MISSED_HEARTBEATS * heartbeatSeconds)
      fault(
        'drainSeconds',
        `is ${value.drainSeconds}, no longer than the ${MISSED_HEARTBEATS * heartbeatSeconds} s after which a silent server is lost`,
      );
    if (!periodsOf(heartbeatSeconds).every((seconds) => 60 % seconds === 0 || seconds % 60 === 0))
      fault('heartbeatSeconds', `is ${heartbeatSeconds}: ${periodsOf(heartbeatSeconds)} s do not fit into minutes`);
  });

export type SettingsInput = z.input<typeof schema>;
export type Settings = z.output<typeof schema>;

/**
 * The settings with their defaults.
 * @throws Error naming each setting that is wrong or unknown
 */
export function checkSettings(input: unknown): Settings {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Error(`The settings of Lastcall are not right:\n${z.prettifyError(parsed.error)}`);
}

const contextSchema = z.object({
  lastcall: z
    .preprocess((value) => (typeof value === 'string' ? JSON.parse(value) : value), z.looseObject({}))
    .default({}),
  testStack: z.string().optional(),
  vpcId: z.string().optional(),
});

/** What `cdk deploy -c lastcall={...} -c testStack=NAME -c vpcId=ID` says. A test stack is cheap, and leaves nothing behind. */
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
