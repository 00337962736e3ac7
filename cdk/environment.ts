/** The environment variables of functions and servers on AWS; `local/environment.ts` sets the same on one machine. */
import { HANDLERS_PATH } from '#cdk/fleet/handlers-folder';
import type { Identity } from '#cdk/functions/identity';
import { type Arns, type Names, SERVICE } from './names.ts';
import type { Settings } from './settings.ts';

/** The variables that every function reads. */
export function functionEnvironment(settings: Settings, names: Names, arns: Arns): Record<string, string> {
  return {
    ...commonEnvironment(settings, names, arns),
    LASTCALL_CLUSTER: names.cluster,
    LASTCALL_SERVICE: SERVICE,
    LASTCALL_MIN_SERVERS: String(settings.desiredServers),
    LASTCALL_MAX_SERVERS: String(Math.max(settings.desiredServers, settings.maximumServers ?? 0)),
    LASTCALL_WAKE_SERVERS: String(settings.desiredServers === 0 ? settings.maximumServers : 0),
    LASTCALL_DRAIN_SECONDS: String(settings.drainSeconds),
    ...identityEnvironment(settings, names),
    LASTCALL_STATE_MACHINE_ARN_PREFIX: arns.workflowPrefix,
    POWERTOOLS_LOG_LEVEL: 'INFO',
    NODE_OPTIONS: '--enable-source-maps',
  };
}

/** The variables that the container of a batch server reads, besides those that ECS itself sets. */
export function serverEnvironment(settings: Settings, names: Names, arns: Arns): Record<string, string> {
  const { handlersFolder, handlersFile } = settings;
  const handlers = handlersFolder === undefined ? handlersFile : `${HANDLERS_PATH}/${handlersFile}`;
  return {
    ...settings.handlerEnvironment,
    ...commonEnvironment(settings, names, arns),
    LASTCALL_RESERVED_SLOTS: String(settings.reservedSlots),
    LASTCALL_STOP_TIMEOUT_SECONDS: String(settings.stopTimeoutSeconds),
    ...(handlers === undefined ? {} : { LASTCALL_HANDLERS: handlers }),
  };
}

/** What the console and the command line read of the installation, as JSON. */
export function consoleConfigOf(settings: Settings, { issuer, signIn }: Identity): string {
  const clients = signIn
    ? { cliClientId: signIn.cliClientId, consoleClientId: signIn.consoleClientId }
    : { cliClientId: settings.issuer?.cliClientId, consoleClientId: settings.issuer?.consoleClientId };
  const { installation: name, colour } = settings;
  return JSON.stringify({ name, colour, signIn: { issuer, local: false, ...clients } });
}

/** A program of the pool has its role as a scope. */
function identityEnvironment({ roles, rolesClaims, machines }: Settings, names: Names): Record<string, string> {
  const scopes = machines.map(({ role }) => [names.scope(role), role]);
  const claims = scopes.length === 0 ? rolesClaims : [...new Set([...rolesClaims, 'scope'])];
  return {
    LASTCALL_ROLES: JSON.stringify({ ...roles, ...Object.fromEntries(scopes) }),
    LASTCALL_ROLES_CLAIMS: claims.join(','),
  };
}

function commonEnvironment(settings: Settings, names: Names, arns: Arns): Record<string, string> {
  return {
    LASTCALL_TABLE_PREFIX: names.tablePrefix,
    LASTCALL_NUDGE_QUEUE_URL: arns.nudgeQueueUrl,
    // The service of the measures.
    POWERTOOLS_SERVICE_NAME: names.installation,
    LASTCALL_SLOTS: String(settings.slots),
    LASTCALL_BATCH_GROUPS: settings.batchGroups.join(','),
    LASTCALL_HEARTBEAT_SECONDS: String(settings.heartbeatSeconds),
    LASTCALL_HISTORY_DAYS: String(settings.historyDays),
  };
}
