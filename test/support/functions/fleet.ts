/** The fleet of a suite's functions: a sleep that a function ends. */
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { findFleet, noteAsleep } from '#store/fleet/fleet-sleep';
import type { Trial } from '#test/support/local/ecs-trial';
import type { Functions } from './functions.ts';

const SERVICE = { cluster: 'lastcall', service: 'batch-server' };

/** Stops all containers, and lets the fleet sleep. */
export async function letFleetSleep({ aside, containers }: Functions): Promise<void> {
  await containers.client.send(new UpdateServiceCommand({ ...SERVICE, desiredCount: 0 }));
  await aside(async () => noteAsleep(await findFleet()));
}

/** How many servers ECS keeps. */
export async function desiredServers({ client }: Trial): Promise<number | undefined> {
  const { services } = await client.send(
    new DescribeServicesCommand({ cluster: SERVICE.cluster, services: [SERVICE.service] }),
  );
  return services?.[0]?.desiredCount;
}
