/** Which settings fit together. */
import type { z } from 'zod';
import { MISSED_HEARTBEATS } from '#domain/limits';
import { CATALOG } from '#functions/catalog/catalog';
import { MEMORY, type settingsFields } from './fields.ts';

type Fields = z.output<typeof settingsFields>;

/** The most servers of a fleet that sleeps, unless a setting says more. They fit into the quota of a new account. */
const DEFAULT_MAXIMUM = 4;

/** The settings with the most servers that they allow: those desired, unless the fleet sleeps. */
export function withMaximum(value: Fields): Fields & { readonly maximumServers: number } {
  const { desiredServers, maximumServers = desiredServers === 0 ? DEFAULT_MAXIMUM : desiredServers } = value;
  return { ...value, maximumServers };
}

/** Adds an issue for each setting that contradicts another one. */
export function checkTogether({ value, issues }: z.core.ParsePayload<Fields>): void {
  const fault = (path: keyof typeof value, message: string) =>
    issues.push({ code: 'custom', path: [path], message, input: value[path] });
  const { cpu, memoryMiB, heartbeatSeconds } = value;
  const { maximumServers } = withMaximum(value);
  if (maximumServers < value.desiredServers)
    fault('maximumServers', `is ${maximumServers}, fewer than the ${value.desiredServers} desired`);
  if (value.reservedSlots > value.slots)
    fault('reservedSlots', `is ${value.reservedSlots}, more than the ${value.slots} slots`);
  if (value.issuer && value.machines.length > 0)
    fault('machines', 'sign in to the pool: with an issuer of your own, make their clients there');
  // Cognito refuses these words in the name of a domain (guide, "Using your own domain").
  if (value.machines.length > 0 && /aws|amazon|cognito/.test(value.installation))
    fault('installation', `is "${value.installation}"; with machines it must not contain aws, amazon or cognito`);
  if (new Set(value.machines.map(({ name }) => name)).size < value.machines.length)
    fault('machines', 'have the same name twice');
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
}

function periodsOf(heartbeatSeconds: number): number[] {
  return CATALOG.flatMap(({ calledBy }) =>
    'schedule' in calledBy ? [calledBy.schedule.everyHeartbeats * heartbeatSeconds] : [],
  );
}
