/** The environment of functions and servers, with the same variables as on AWS. */
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { WrongSettings } from '#domain/errors';
import { DEFAULT_ROLE_NAMES, DEFAULT_ROLES_CLAIMS } from '#domain/roles';
import type { LocalOptions } from './options.ts';

export const TABLE_PREFIX = 'lastcall-';
export const CLUSTER = 'lastcall';
export const SERVICE = 'batch-server';
export const STOP_TIMEOUT_SECONDS = 10;

const DEFAULT_SEED = 1;
/** Grey, so that a local system looks like no other one. */
const LOCAL_COLOUR = '#57606a';
/** No other user can write there: what lies there is run. */
const COMPILE_CACHE = join(dirname(import.meta.dirname), 'node_modules', '.cache', 'lastcall');

const seedSchema = z.object({ LASTCALL_SEED: z.coerce.number().int().min(0).default(DEFAULT_SEED) });

/** Variables for functions and servers. */
export type Environment = Readonly<Record<string, string>> & { readonly AWS_ENDPOINT_URL_DYNAMODB: string };

/** The four ports: consecutive numbers. */
export function portsOf({ port }: Pick<LocalOptions, 'port'>) {
  return { gateway: port, dynamoDb: port + 1, stepFunctions: port + 2, ecs: port + 3 };
}

/**
 * The variables of the functions. `dynamoDbUrl` replaces the DynamoDB of the second port; without a queue of nudges,
 * servers look for tasks once a second.
 */
export function functionEnvironment(
  options: LocalOptions,
  dynamoDbUrl: string | undefined,
  nudgeQueueUrl = '',
): Environment {
  const ports = portsOf(options);
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // The user's own AWS settings must not apply here.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl ?? `http://127.0.0.1:${ports.dynamoDb}`,
    AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${ports.stepFunctions}`,
    AWS_ENDPOINT_URL_ECS: `http://127.0.0.1:${ports.ecs}`,
    LASTCALL_NUDGE_QUEUE_URL: nudgeQueueUrl,
    LASTCALL_TABLE_PREFIX: TABLE_PREFIX,
    LASTCALL_CLUSTER: CLUSTER,
    LASTCALL_SERVICE: SERVICE,
    LASTCALL_SLOTS: String(options.slots),
    LASTCALL_BATCH_GROUPS: options.batchGroups,
    LASTCALL_MIN_SERVERS: String(options.servers),
    LASTCALL_MAX_SERVERS: String(Math.max(options.servers, options.wakeServers)),
    LASTCALL_WAKE_SERVERS: String(options.wakeServers),
    LASTCALL_HEARTBEAT_SECONDS: String(options.heartbeatSeconds),
    LASTCALL_DRAIN_SECONDS: String(options.drainSeconds),
    LASTCALL_HISTORY_DAYS: String(options.historyDays),
    LASTCALL_STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:',
    // An issuer of one's own may have other names for the roles.
    LASTCALL_ROLES: process.env.LASTCALL_ROLES ?? JSON.stringify(DEFAULT_ROLE_NAMES),
    LASTCALL_ROLES_CLAIMS: process.env.LASTCALL_ROLES_CLAIMS ?? DEFAULT_ROLES_CLAIMS.join(),
    LASTCALL_CONSOLE: consoleConfigOf(`http://127.0.0.1:${ports.gateway}/local`),
    POWERTOOLS_SERVICE_NAME: 'lastcall',
    POWERTOOLS_LOG_LEVEL: 'WARN',
  };
}

/** What the console and the command line read: an issuer of one's own, or that of this machine. */
function consoleConfigOf(ownIssuer: string): string {
  const { LASTCALL_ISSUER: other } = process.env;
  return JSON.stringify({
    name: 'local',
    colour: LOCAL_COLOUR,
    signIn: { issuer: other ?? ownIssuer, local: other === undefined },
  });
}

/** The variables of a batch server: those of the functions, and its own settings. */
export function containerEnvironment(
  options: LocalOptions,
  common: Environment,
  scratch: string,
): Record<string, string> {
  return {
    ...common,
    PATH: process.env.PATH ?? ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: process.env.HOME ?? scratch,
    // Node's own: a server whose code was compiled before starts sooner, and takes less memory.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? COMPILE_CACHE,
    LASTCALL_RESERVED_SLOTS: String(options.reservedSlots),
    LASTCALL_STOP_TIMEOUT_SECONDS: String(STOP_TIMEOUT_SECONDS),
    // There is no STS here.
    LASTCALL_HANDLERS_ROLE: '',
    ...(options.handlers === undefined ? {} : { LASTCALL_HANDLERS: options.handlers }),
  };
}

/** Sets the variables in this process, and removes those that the AWS SDK would prefer to them. */
export function adopt(environment: Environment): void {
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']) {
    delete process.env[name];
  }
  Object.assign(process.env, environment);
}

/**
 * The seed of what happens by chance with `--like-aws`: `LASTCALL_SEED`, or always the same one.
 * @throws WrongSettings naming the variable
 */
export function seedOf(environment: NodeJS.ProcessEnv): number {
  const parsed = seedSchema.safeParse(environment);
  if (parsed.success) return parsed.data.LASTCALL_SEED;
  throw new WrongSettings(z.prettifyError(parsed.error));
}
