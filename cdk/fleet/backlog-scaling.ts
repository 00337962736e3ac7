/** More servers while tasks wait for a slot, fewer when none does. */
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Duration } from 'aws-cdk-lib/core';
import { namesOf } from '#cdk/names';
import { ownMetric } from '#cdk/operations/metrics';
import type { Settings } from '#cdk/settings';

const MINUTES = 3;

/**
 * Adds a quarter, half or all of the servers again, by how many slots' worth of tasks wait; takes one away when nothing waits. What is
 * taken away is never a server that runs tasks: those hold ECS's scale-in protection.
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
