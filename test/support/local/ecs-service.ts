/** What tests ask of the service of the local ECS: deployments and revisions. */
import {
  type Deployment,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { eventually } from '#test/support/flows/system';
import type { Trial } from './ecs-trial.ts';

const SERVICE = { cluster: 'lastcall', service: 'batch-server' };

type Definition = {
  readonly command?: string[];
  readonly environment?: { name: string; value: string }[];
  readonly healthCheck?: { command: string[]; interval?: number; retries?: number };
};

/** Changes the service. */
export function update({ client }: Trial, change: Partial<UpdateServiceCommandInput>) {
  return client.send(new UpdateServiceCommand({ ...SERVICE, ...change }));
}

/** Registers a further revision of the task definition. */
export async function register({ client }: Trial, definition: Definition = {}): Promise<void> {
  const containerDefinitions = [{ name: 'batch-server', image: 'x', ...definition }];
  await client.send(new RegisterTaskDefinitionCommand({ family: 'batch-server', containerDefinitions }));
}

/** The deployments of the service, the primary one first. */
export async function deploymentsOf({ client }: Trial): Promise<Deployment[]> {
  const { services } = await client.send(new DescribeServicesCommand({ ...SERVICE, services: ['batch-server'] }));
  return services?.[0]?.deployments ?? [];
}

/** Waits until there is one deployment, in this state. */
export async function untilRollout(trial: Trial, state: string): Promise<void> {
  await eventually(async () => {
    const [primary, ...others] = await deploymentsOf(trial);
    return others.length === 0 && primary?.rolloutState === state;
  });
}
