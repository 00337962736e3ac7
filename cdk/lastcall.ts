/** All of Lastcall as one construct, for an app of your own; `cdk/app.ts` puts the same parts into three stacks. */
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { Fleet } from '#cdk/fleet/fleet';
import { ControlPlane } from './control-plane.ts';
import { Records } from './records.ts';
import { checkSettings, type SettingsInput } from './settings.ts';

/** All settings, and what only an app can make. */
export type LastcallProps = SettingsInput & {
  /** By default a new one. */
  readonly vpc?: IVpc;
  /** A server image with your own handlers; by default that of `server/Dockerfile`. */
  readonly serverImage?: ContainerImage;
};

/** A whole installation: records, control plane and fleet. */
export class Lastcall extends Construct {
  readonly controlPlane: ControlPlane;
  readonly fleet: Fleet;

  /** @throws WrongSettings naming each property that is wrong or unknown */
  constructor(scope: Construct, id: string, { vpc, serverImage, ...given }: LastcallProps = {}) {
    super(scope, id);
    const settings = checkSettings(given);
    const records = new Records(this, 'Records', settings);
    this.controlPlane = new ControlPlane(this, 'ControlPlane', settings);
    this.fleet = new Fleet(this, 'Fleet', { settings, vpc, image: serverImage });
    // A server or reaper that is deployed first would find no tables.
    this.controlPlane.node.addDependency(records);
    this.fleet.node.addDependency(records);
  }
}
