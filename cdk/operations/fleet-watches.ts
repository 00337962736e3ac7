/** What operators hear of the fleet: its alarms, and the events of ECS that have no metric. */
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { arnsOf, type Names, namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { ownMetric } from './metrics.ts';

const EXITS_MINUTES = 15;
/** One server may crash by its handlers; more in a quarter of an hour have a common cause. */
const TOLERATED_EXITS = 2;

/** The alarms on what the servers and their containers report. */
export function fleetWatches(names: Names) {
  return {
    ProtectionRefused: {
      metric: ownMetric(names, 'ProtectionRefused', 'Maximum'),
      minutes: 5,
      says: 'ECS refuses to protect servers, because more are busy than desired: they claim nothing. Raise the desired count, or wait.',
    },
    RepeatedExits: {
      metric: ownMetric(names, 'ServerExits', 'Sum').with({ period: Duration.minutes(EXITS_MINUTES) }),
      threshold: TOLERATED_EXITS,
      says: 'Servers end by themselves or cannot start: look at their log, and at the stopped tasks of the ECS service.',
    },
  };
}

type Props = { readonly settings: Settings; readonly target: IRuleTarget };

/** Sends operators the events of a failed deployment, and of servers that AWS is about to retire. */
export class FleetEvents extends Construct {
  constructor(scope: Construct, id: string, { settings, target }: Props) {
    super(scope, id);
    new Rule(this, 'FailedDeployment', {
      description: 'Lastcall: a deployment of the servers has failed',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Deployment State Change'],
        resources: [arnsOf(this, namesOf(settings)).service],
        detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
      },
      targets: [target],
    });
    // Of the whole account: AWS Health names the services in an order of its own. A new deployment comes before it.
    new Rule(this, 'Retirement', {
      description: 'Lastcall: AWS is about to retire containers, perhaps servers',
      eventPattern: {
        source: ['aws.health'],
        detailType: ['AWS Health Event'],
        detail: { service: ['ECS'], eventTypeCode: ['AWS_ECS_TASK_PATCHING_RETIREMENT'] },
      },
      targets: [target],
    });
  }
}
