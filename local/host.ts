/** Wires the parts of the local host: the order in which they start, and what each is given. */
import { setTimeout as sleep } from 'node:timers/promises';
import { API_REQUESTS_AT_ONCE, API_REQUESTS_PER_SECOND } from '#domain/limits';
import { CATALOG } from '#functions/catalog/catalog';
import { authorizerFor } from '#local/aws/apigateway/authorizer';
import { startGateway } from '#local/aws/apigateway/gateway';
import { refuseLikeAws } from '#local/aws/apigateway/refusal';
import { Schedules } from '#local/aws/eventbridge/schedules';
import { serveConsole } from '#local/gateway/console';
import { refuse } from '#local/gateway/refusals';
import { trustOf } from '#local/gateway/trust';
import { routesOf, schedulesOf } from './catalog.ts';
import { seedDemo } from './demo.ts';
import { adopt, functionEnvironment, portsOf, seedOf } from './environment.ts';
import { StartFailed } from './errors.ts';
import { startEvents, startFunctions } from './functions.ts';
import { checkHandlers } from './handlers.ts';
import { openPlaces } from './places.ts';
import { refuseTakenPorts } from './ports.ts';
import {
  type HostSetup,
  named,
  type Start,
  startNudges,
  startRecords,
  startServers,
  startWorkflows,
} from './start-parts.ts';

/** With `--like-aws`, a function may start twice, in 10 s each, on a machine that does much else. */
const HEALTH_LIMIT_MS = 30_000;
const HEALTH_POLL_MS = 20;
const API_ID = 'lastcall';
const THROTTLE = { perSecond: API_REQUESTS_PER_SECOND, atOnce: API_REQUESTS_AT_ONCE };

/**
 * Starts the whole system in this process. Returns its URL when it is healthy.
 * @throws StartFailed naming the part that did not start
 */
export async function startHost(setup: HostSetup): Promise<string> {
  const { options, closing } = setup;
  const { dynamoDb, ...ports } = portsOf(options);
  const otherDynamoDb = process.env.AWS_ENDPOINT_URL_DYNAMODB || undefined;
  await refuseTakenPorts([...Object.values(ports), ...(otherDynamoDb === undefined ? [dynamoDb] : [])]);
  if (options.handlers !== undefined) await checkHandlers(options.handlers);
  const places = await openPlaces(options.data, closing);
  const seed = seedOf(process.env);
  const nudgeQueueUrl = process.env.LASTCALL_NUDGE_QUEUE_URL || (await startNudges(setup, seed));
  const environment = functionEnvironment(options, otherDynamoDb, nudgeQueueUrl);
  adopt(environment);
  const start = { ...setup, url: `http://127.0.0.1:${ports.gateway}`, places, environment, seed };
  if (options.likeAws) setup.log(`The seed of what happens by chance is ${start.seed} (LASTCALL_SEED).`);
  await startParts(start, otherDynamoDb === undefined);
  await untilHealthy(start.url);
  if (options.demo) await seedDemo(start.url);
  return start.url;
}

async function startParts(start: Start, ownsDynamoDb: boolean): Promise<void> {
  const { log, options, closing } = start;
  const { identity, tokens, origins } = trustOf({ url: start.url, keyFile: start.places.kept?.keyFile });
  if (tokens === undefined && options.demo) {
    throw new StartFailed('--demo needs the local issuer: unset LASTCALL_ISSUER.');
  }
  const [functions, trusted] = await allOrNone([
    startFunctions(start, tokens?.functions ?? []),
    identity,
    startRecords(start, ownsDynamoDb),
  ]);
  await startWorkflows(start, functions);
  const { invoke } = functions;
  const routes = [...routesOf(CATALOG), ...(tokens?.routes ?? [])];
  const authorize = authorizerFor(trusted);
  const manners = options.likeAws ? { refuse: refuseLikeAws, throttle: THROTTLE } : { refuse };
  const front = serveConsole(origins);
  const api = { port: options.port, apiId: API_ID, routes, invoke, authorize, front, log, ...manners };
  const starting = startGateway(api);
  const gateway = await named('The gateway', starting);
  closing.add({ name: 'The gateway', close: gateway.close });
  const { onEvent, onSchedule } = startEvents(start, invoke);
  await startServers(start, onEvent);
  const periods = schedulesOf(CATALOG, options.heartbeatSeconds);
  const schedules = new Schedules({ schedules: periods, invoke: onSchedule, log });
  closing.add({ name: 'The schedules', close: () => schedules.close() });
}

/** Like Promise.all, but it fails only after all have settled: then everything that has started can be closed. */
async function allOrNone<T extends readonly unknown[]>(
  parts: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(parts);
  return await Promise.all(parts);
}

async function untilHealthy(url: string): Promise<void> {
  const deadline = performance.now() + HEALTH_LIMIT_MS;
  let answer = '';
  while (performance.now() < deadline) {
    const { isHealthy, text } = await askHealth(url);
    if (isHealthy) return;
    answer = text;
    await sleep(HEALTH_POLL_MS);
  }
  throw new StartFailed(`GET /health did not return 200 within ${HEALTH_LIMIT_MS / 1000} s, but ${answer}`);
}

async function askHealth(url: string): Promise<{ isHealthy: boolean; text: string }> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
    return { isHealthy: response.ok, text: `${response.status} ${await response.text()}` };
  } catch (error) {
    return { isHealthy: false, text: String(error) };
  }
}
