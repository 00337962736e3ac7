/** Where something writes its log, and for how long that is kept. */
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

type Props = { readonly name: string; readonly settings: Settings };

/** A log group that goes with its stack: one that stayed would keep the next installation of that name from starting. */
export function logGroup(scope: Construct, id: string, { name, settings }: Props): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: name,
    retention: settings.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
