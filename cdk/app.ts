/** The app that `cdk synth` and `cdk deploy` run. `-c lastcall='{...}'` gives settings, `-c testStack=NAME` makes a disposable copy. */
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
  // Only what is looked up needs to know where it is.
  ...(vpcId !== undefined && account !== undefined && region !== undefined ? { env: { account, region } } : {}),
});
