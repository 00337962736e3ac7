/** Starts the parts of the local host that need more than one call. */
import { dirname, extname, join } from 'node:path';
import { NUDGE_RETENTION_SECONDS, NUDGE_VISIBILITY_SECONDS, NUDGE_WAIT_SECONDS } from '#domain/limits';
import { heartbeatCheck } from '#domain/servers/health-check';
import { SERVER_CONTAINER } from '#domain/servers/server';
import { CATALOG } from '#functions/catalog/catalog';
import { type DynamoDb, startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { startProxy } from '#local/aws/dynamodb/proxy/proxy';
import { createTables } from '#local/aws/dynamodb/tables';
import { startEcs } from '#local/aws/ecs/ecs';
import { stateChangeListener } from '#local/aws/eventbridge/schedules';
import type { Functions, Invoke } from '#local/aws/lambda/lambda';
import { startSqs } from '#local/aws/sqs/sqs';
import { startStepFunctions } from '#local/aws/stepfunctions/stepfunctions';
import { freePort } from '#local/aws/wire/listen';
import { readWorkflows } from '#statemachines/definitions';
import { TABLES } from '#store/schema';
import { listenersOf } from './catalog.ts';
import type { Closing } from './closing.ts';
import {
  CLUSTER,
  containerEnvironment,
  type Environment,
  portsOf,
  SERVICE,
  STOP_TIMEOUT_SECONDS,
  TABLE_PREFIX,
} from './environment.ts';
import { StartFailed } from './errors.ts';
import type { LocalOptions } from './options.ts';
import type { Places } from './places.ts';

/** What the host is started with. */
export type HostSetup = {
  readonly options: LocalOptions;
  /** Gets each part as soon as it has started, even if a later one fails to start. */
  readonly closing: Closing;
  readonly log: (line: string) => void;
  /** Called when the records are lost while the system runs. */
  readonly onLost: (error: Error) => void;
};

/** What each part is started with. */
export type Start = HostSetup & {
  readonly url: string;
  readonly places: Places;
  readonly environment: Environment;
  /** Of what happens by chance with `likeAws`. */
  readonly seed: number;
};

/** It needs no port that others know: the URL of its queue is among the variables of functions and servers. */
const ANY_PORT = 0;
const NUDGES = {
  name: `${TABLE_PREFIX}nudges`,
  visibilitySeconds: NUDGE_VISIBILITY_SECONDS,
  retentionSeconds: NUDGE_RETENTION_SECONDS,
  waitSeconds: NUDGE_WAIT_SECONDS,
};
const REPOSITORY = dirname(import.meta.dirname);
/** A program has the ending of this file: in the package it is JavaScript. */
const SERVER_PROGRAM = join(REPOSITORY, 'server', `main${extname(import.meta.filename)}`);

/**
 * Starts DynamoDB unless the environment names another one, and creates the tables. Another one has its own limits.
 * @throws EngineFailed when DynamoDB does not start
 * @throws OtherTable when a table exists with other keys or indexes
 */
export async function startRecords(start: Start, isOwn: boolean): Promise<void> {
  const { options, environment } = start;
  if (isOwn && options.likeAws) await startLimitedDynamoDb(start);
  else if (isOwn) await startEngine(start, portsOf(options).dynamoDb);
  const endpoint = environment.AWS_ENDPOINT_URL_DYNAMODB;
  await createTables({ endpoint, prefix: TABLE_PREFIX, tables: Object.values(TABLES) });
}

async function startLimitedDynamoDb(start: Start): Promise<void> {
  const { url } = await startEngine(start, await freePort());
  const { options, closing, log, seed } = start;
  const proxy = await startProxy({ port: portsOf(options).dynamoDb, engineUrl: url, log, seed });
  closing.add({ name: "DynamoDB's limits", close: () => proxy.close() });
}

async function startEngine({ places, closing, log, onLost }: Start, port: number): Promise<DynamoDb> {
  const file = places.kept === undefined ? {} : { file: places.kept.recordsFile };
  const dynamoDb = await startDynamoDb({ port, ...file, log, onLost });
  closing.add({ name: 'DynamoDB', close: () => dynamoDb.close() });
  return dynamoDb;
}

/** Starts SQS with the queue of nudges. Returns the queue's URL. */
export async function startNudges({ options, closing, log }: HostSetup, seed: number): Promise<string> {
  const manners = options.likeAws ? { mannersSeed: seed } : {};
  const sqs = await named('SQS', startSqs({ port: ANY_PORT, queues: [NUDGES], ...manners, log }));
  closing.add({ name: 'SQS', close: () => sqs.close() });
  return sqs.urlOf(NUDGES.name);
}

/**
 * Starts Step Functions with the workflows of the repository.
 * @throws StartFailed
 */
export async function startWorkflows(
  { options, places, closing, log, seed }: Start,
  functions: Functions,
): Promise<void> {
  const { arnOf, nameOf, invoke } = functions;
  const { drainSeconds, heartbeatSeconds } = options;
  const starting = startStepFunctions({
    port: portsOf(options).stepFunctions,
    stateMachines: readWorkflows({ catalog: CATALOG, arnOf, drainSeconds, heartbeatSeconds }),
    invoke: (arn, payload) => invoke(nameOf(arn), payload),
    ...(places.kept === undefined ? {} : { journalDirectory: places.kept.executionsDirectory }),
    ...(options.likeAws ? { mannersSeed: seed } : {}),
    log,
  });
  const stepFunctions = await named('Step Functions', starting);
  closing.add({ name: 'Step Functions', close: () => stepFunctions.close() });
}

/**
 * Starts ECS with the batch servers.
 * @throws StartFailed
 */
export async function startServers(
  { options, places, closing, log, environment, seed }: Start,
  onEvent: Invoke,
): Promise<void> {
  const starting = startEcs({
    port: portsOf(options).ecs,
    cluster: CLUSTER,
    service: SERVICE,
    container: SERVER_CONTAINER,
    command: [process.execPath, '--disable-warning=ExperimentalWarning', SERVER_PROGRAM],
    environment: containerEnvironment(options, environment, places.scratch),
    desiredCount: options.servers,
    temporaryFolder: places.scratch,
    stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
    ...(places.kept === undefined ? {} : { journalFile: places.kept.containersFile }),
    ...(options.likeAws ? { mannersSeed: seed, healthCheck: heartbeatCheck(options.heartbeatSeconds) } : {}),
    onStateChange: stateChangeListener(listenersOf(CATALOG), onEvent),
    log,
  });
  const ecs = await named('ECS', starting);
  closing.add({ name: 'ECS', close: () => ecs.close(), kill: () => ecs.close({ force: true }) });
}

/**
 * Waits for a part to start.
 * @throws StartFailed naming the part
 */
export async function named<T>(name: string, starting: Promise<T>): Promise<T> {
  return await starting.catch((cause) => {
    throw new StartFailed(`${name} did not start: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
}
