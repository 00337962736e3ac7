/** Wires the parts of the local host: what starts when, who knows whom. */
import { setTimeout as wait } from 'node:timers/promises';
import { CATALOG, type CatalogEntry } from '#functions/catalog/catalog';
import { authorizerFor } from '#local/aws/apigateway/authorizer';
import { startGateway } from '#local/aws/apigateway/gateway';
import { startSchedules } from '#local/aws/eventbridge/schedules';
import { functionFile, loadFunctions } from '#local/aws/lambda/lambda';
import { seedDemo } from './demo.ts';
import { adopt, functionEnvironment, portsOf } from './environment.ts';
import { checkHandlers } from './handlers.ts';
import { type HostSetup, named, type Start, startRecords, startServers, startWorkflows } from './parts.ts';
import { openPlaces } from './places.ts';
import { refuseTakenPorts } from './ports.ts';
import { trustOf } from './trust.ts';

const HEALTH_LIMIT_MS = 10_000;
const HEALTH_POLL_MS = 20;

/** Starts the whole system in this process and returns its URL when it is healthy. Throws where a part does not start. */
export async function startHost(setup: HostSetup): Promise<string> {
  const { options, closing } = setup;
  const { dynamoDb, ...ports } = portsOf(options);
  const otherDynamoDb = process.env.AWS_ENDPOINT_URL_DYNAMODB || undefined;
  await refuseTakenPorts([...Object.values(ports), ...(otherDynamoDb === undefined ? [dynamoDb] : [])]);
  if (options.handlers !== undefined) await checkHandlers(options.handlers);
  const places = await openPlaces(options.data, closing);
  const environment = functionEnvironment(options, otherDynamoDb);
  adopt(environment);
  const start = { ...setup, url: `http://127.0.0.1:${ports.gateway}`, places, environment };
  await startParts(start, otherDynamoDb === undefined);
  await untilHealthy(start.url);
  if (options.demo) await seedDemo(start.url);
  return start.url;
}

async function startParts(start: Start, ownsDynamoDb: boolean): Promise<void> {
  const { identity, tokens } = trustOf({ url: start.url, keyFile: start.places.kept?.keyFile });
  if (tokens === undefined && start.options.demo)
    throw new Error('--demo needs the local issuer: unset LASTCALL_ISSUER.');
  const catalog = [...CATALOG, ...(tokens?.catalog ?? [])];
  const load = async (entry: CatalogEntry) => tokens?.load(entry) ?? (await functionFile(entry));
  const [functions, trusted] = await allOrNone([
    loadFunctions({ catalog, load }),
    identity,
    startRecords(start, ownsDynamoDb),
  ]);
  await startWorkflows(start, functions);
  const { invoke } = functions;
  const { log, options, closing } = start;
  const authorize = authorizerFor(trusted);
  const gateway = await named('The gateway', startGateway({ port: options.port, catalog, invoke, authorize, log }));
  closing.add({ name: 'The gateway', close: gateway.close });
  await startServers(start, functions);
  const schedules = startSchedules({ catalog, heartbeatSeconds: options.heartbeatSeconds, invoke, log });
  closing.add({ name: 'The schedules', close: schedules.close });
}

/** Like Promise.all, but failing only when nothing is under way any more: what has started can then be closed. */
async function allOrNone<T extends readonly unknown[]>(
  parts: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(parts);
  return await Promise.all(parts);
}

async function untilHealthy(url: string): Promise<void> {
  const deadline = performance.now() + HEALTH_LIMIT_MS;
  let answer = 'nothing';
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/health`);
    answer = `${response.status} ${await response.text()}`;
    if (response.ok) return;
    await wait(HEALTH_POLL_MS);
  }
  throw new Error(`GET /health did not answer 200 within ${HEALTH_LIMIT_MS / 1000} s, but ${answer}`);
}
