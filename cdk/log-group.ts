/** Log groups, with the retention of the settings. */
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

type Props = { readonly name: string; readonly settings: Settings };

/** A log group that is deleted with its stack: left behind, it would block the next installation of that name. */
export function logGroup(scope: Construct, id: string, { name, settings }: Props): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: name,
    retention: settings.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
