/** Scales the fleet: more servers while tasks wait for a slot, fewer when none waits. */
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Duration } from 'aws-cdk-lib/core';
import { namesOf } from '#cdk/names';
import { ownMetric } from '#cdk/operations/metrics';
import type { Settings } from '#cdk/settings';

const MINUTES = 3;

/**
 * Adds 1 server if a task waits, 4 if tasks for 4 servers wait, 20 if tasks for 40 wait; removes 1 if none waits.
 * ECS never removes a server that runs tasks: it holds the scale-in protection.
 */
export function scaleWithBacklog(service: FargateService, settings: Settings): void {
  const { desiredServers, maximumServers = desiredServers, slots } = settings;
  const scaling = service.autoScaleTaskCount({ minCapacity: desiredServers, maxCapacity: maximumServers });
  scaling.scaleOnMetric('Backlog', {
    metric: ownMetric(namesOf(settings), 'ReadyTasks', 'Minimum'),
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    scalingSteps: [
      { upper: 0, change: -1 },
      { lower: 1, change: 1 },
      { lower: 4 * slots, change: 4 },
      { lower: 40 * slots, change: 20 },
    ],
    evaluationPeriods: MINUTES,
    cooldown: Duration.minutes(MINUTES),
  });
}
