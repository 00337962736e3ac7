/** Which settings fit together. */
import type { z } from 'zod';
import { MAX_BESIDE_HEAP_MIB, MAX_HEAP_MIB, MISSED_HEARTBEATS } from '#domain/limits';
import { CATALOG } from '#functions/catalog/catalog';
import { MEMORY, type settingsFields } from './fields.ts';

type Fields = z.output<typeof settingsFields>;
/** A broken rule: the setting, and what is wrong with it. */
type Fault = readonly [setting: keyof Fields, message: string];

/** The server itself, and its threads before they do anything: 282 MiB were measured with 16 slots. */
const SERVER_MIB = 512;
const SLOT_MIB = MAX_HEAP_MIB + MAX_BESIDE_HEAP_MIB;

/** The most servers of a fleet that sleeps, unless a setting says more. They fit into the quota of a new account. */
const DEFAULT_MAXIMUM = 4;

/** The settings with the most servers that they allow: those desired, unless the fleet sleeps. */
export function withMaximum(value: Fields): Fields & { readonly maximumServers: number } {
  const { desiredServers, maximumServers = desiredServers === 0 ? DEFAULT_MAXIMUM : desiredServers } = value;
  return { ...value, maximumServers };
}

/** Adds an issue for each setting that contradicts another one. */
export function checkTogether({ value, issues }: z.core.ParsePayload<Fields>): void {
  const faults = [fleetFaults, memoryFaults, handlerFaults, identityFaults, timeFaults].flatMap((rule) => [
    ...rule(value),
  ]);
  for (const [setting, message] of faults)
    issues.push({ code: 'custom', path: [setting], message, input: value[setting] });
}

function* fleetFaults(value: Fields): Generator<Fault> {
  const { desiredServers, maximumServers, slots, reservedSlots } = withMaximum(value);
  if (maximumServers < desiredServers)
    yield ['maximumServers', `is ${maximumServers}, fewer than the ${desiredServers} desired`];
  if (reservedSlots > slots) yield ['reservedSlots', `is ${reservedSlots}, more than the ${slots} slots`];
}

function* memoryFaults({ cpu, memoryMiB, slots }: Fields): Generator<Fault> {
  const [from, to, step] = MEMORY[cpu] ?? [0, 0, 1];
  if (memoryMiB < from || memoryMiB > to || memoryMiB % step !== 0)
    yield ['memoryMiB', `is ${memoryMiB}; with ${cpu} CPU units Fargate gives ${from} to ${to} in steps of ${step}`];
  const needed = SERVER_MIB + slots * SLOT_MIB;
  if (memoryMiB < needed)
    yield ['memoryMiB', `is ${memoryMiB}; ${slots} slots need ${needed}: ${SERVER_MIB}, and ${SLOT_MIB} for each`];
}

function* handlerFaults(value: Fields): Generator<Fault> {
  const { image, baseImage, imageSecret, handlersFolder, handlersFile, handlerSecrets, handlerEnvironment } = value;
  if (image !== undefined && handlersFolder !== undefined)
    yield ['handlersFolder', 'is for the image that the deployment builds; put the handlers into your image yourself'];
  if (image === undefined && imageSecret !== undefined) yield ['imageSecret', 'is for an image of your own; set image'];
  if (image !== undefined && baseImage !== undefined)
    yield ['baseImage', 'is for the image that the deployment builds'];
  const isInFolder = handlersFile !== undefined && !handlersFile.startsWith('/');
  if (handlersFolder !== undefined && !isInFolder)
    yield ['handlersFile', 'must be the path of a module in handlersFolder'];
  if (handlersFolder === undefined && isInFolder) yield ['handlersFile', 'must be an absolute path in the image'];
  const twice = Object.keys(handlerSecrets).filter((name) => name in handlerEnvironment);
  if (twice.length > 0) yield ['handlerSecrets', `has ${twice.join(', ')}, and so has handlerEnvironment`];
}

function* identityFaults({ issuer, machines, installation }: Fields): Generator<Fault> {
  if (machines.length > 0 && issuer)
    yield ['machines', 'sign in to the pool: with an issuer of your own, make their clients there'];
  // Cognito refuses these words in the name of a domain (guide, "Configuring a user pool domain").
  if (!issuer && /aws|amazon|cognito/.test(installation))
    yield ['installation', `is "${installation}"; with a pool it must not contain aws, amazon or cognito`];
  if (new Set(machines.map(({ name }) => name)).size < machines.length) yield ['machines', 'have the same name twice'];
}

function* timeFaults({ drainSeconds, heartbeatSeconds }: Fields): Generator<Fault> {
  // Step Functions needs a task's HeartbeatSeconds to be less than its TimeoutSeconds (guide, "Task workflow state").
  const lost = MISSED_HEARTBEATS * heartbeatSeconds;
  if (drainSeconds <= lost)
    yield ['drainSeconds', `is ${drainSeconds}, no longer than the ${lost} s after which a silent server is lost`];
  const periods = CATALOG.flatMap(({ calledBy }) =>
    'schedule' in calledBy ? [calledBy.schedule.everyHeartbeats * heartbeatSeconds] : [],
  );
  if (!periods.every((seconds) => 60 % seconds === 0 || seconds % 60 === 0))
    yield ['heartbeatSeconds', `is ${heartbeatSeconds}: ${periods} s do not fit into minutes`];
}
