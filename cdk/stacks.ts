/** The stacks, one per lifetime: records stay, the control plane changes with the code, the fleet with its image. */
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { type App, Stack, type StackProps, Tags } from 'aws-cdk-lib/core';
import { Fleet } from '#cdk/fleet/fleet';
import { ControlPlane } from './control-plane.ts';
import { Records } from './records.ts';
import type { Settings } from './settings.ts';

type Props = { readonly settings: Settings; readonly vpcId?: string | undefined; readonly env?: StackProps['env'] };

/** Adds the three stacks, named after the installation. A `vpcId` is looked up, which needs an account and a region. */
export function addStacks(app: App, { settings, vpcId, env }: Props): void {
  const { installation, removal } = settings;
  const stack = (part: string, description: string) =>
    new Stack(app, `${installation}-${part}`, {
      description: `Lastcall: ${description}`,
      terminationProtection: removal === 'retain',
      ...(env && { env }),
    });
  const records = stack('records', 'the records');
  const controlPlane = stack('control-plane', 'API, functions, workflows');
  const fleet = stack('fleet', 'batch servers');
  for (const dependent of [controlPlane, fleet]) dependent.addStackDependency(records);
  new Records(records, 'Records', settings);
  new ControlPlane(controlPlane, 'ControlPlane', settings);
  const vpc = vpcId === undefined ? undefined : Vpc.fromLookup(fleet, 'Vpc', { vpcId });
  new Fleet(fleet, 'Fleet', { settings, vpc });
  Tags.of(app).add('lastcall:installation', installation);
}
