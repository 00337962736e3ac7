import { randomUUID } from 'node:crypto';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { ACCOUNT, REGION } from './names.ts';

/** The event that ECS sends on each change of a container task: at least once; only `detail.version` orders them. */
export type EcsTaskStateChangeEvent = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'ECS Task State Change';
  readonly source: 'aws.ecs';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: string[];
  readonly detail: ContainerTask & { readonly updatedAt: string };
};

/** The event of a task as it is now. A repeated delivery sends the same event. */
export function taskStateChangeEvent(task: ContainerTask, now: Date): EcsTaskStateChangeEvent {
  const time = now.toISOString();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: ACCOUNT,
    time,
    region: REGION,
    resources: [task.taskArn],
    detail: { ...structuredClone(task), updatedAt: time },
  };
}
