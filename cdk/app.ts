/** The app of `cdk synth` and `cdk deploy`: settings by `-c lastcall='{...}'`, a test stack by `-c testStack=NAME`. */
import { App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { settingsOfContext } from './settings.ts';
import { addStacks } from './stacks.ts';

export const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const { settings, vpcId } = settingsOfContext(app.node.getAllContext());
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
addStacks(app, {
  settings,
  vpcId,
  // Only a VPC that is looked up needs an account and a region.
  ...(vpcId !== undefined && account !== undefined && region !== undefined ? { env: { account, region } } : {}),
});
