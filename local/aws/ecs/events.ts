import { randomUUID } from 'node:crypto';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import type { Deployment, DeploymentNews } from '#local/aws/ecs/deployments/deployments';
import { ACCOUNT, REGION } from './names.ts';

type EcsEventOf<Type extends string, Detail> = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': Type;
  readonly source: 'aws.ecs';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Detail;
};
type Updated = { readonly updatedAt: string };
type News = {
  readonly eventType: 'INFO' | 'ERROR';
  readonly eventName: DeploymentNews;
  readonly deploymentId: string;
  readonly reason: string;
};

/** The event that ECS sends on each change of a container task: at least once; only `detail.version` orders them. */
export type EcsTaskStateChangeEvent = EcsEventOf<'ECS Task State Change', ContainerTask & Updated>;
/** The event that ECS sends when a deployment begins, is complete, or has failed. */
export type EcsDeploymentStateChangeEvent = EcsEventOf<'ECS Deployment State Change', News & Updated>;
/** Any event that ECS sends here. */
export type EcsEvent = EcsTaskStateChangeEvent | EcsDeploymentStateChangeEvent;

/** The event of a task as it is now. A repeated delivery sends the same event. */
export function taskStateChangeEvent(task: ContainerTask, now: Date): EcsTaskStateChangeEvent {
  const detail = { ...structuredClone(task), updatedAt: now.toISOString() };
  return { ...envelope(now, task.taskArn), 'detail-type': 'ECS Task State Change', detail };
}

/** The event of a deployment. Source: Amazon ECS developer guide, "Service deployment state change events". */
export function deploymentStateChangeEvent(
  serviceArn: string,
  eventName: DeploymentNews,
  { id, updatedAt, rolloutStateReason }: Deployment,
): EcsDeploymentStateChangeEvent {
  const eventType = eventName === 'SERVICE_DEPLOYMENT_FAILED' ? 'ERROR' : 'INFO';
  const detail = { eventType, eventName, deploymentId: id, updatedAt, reason: rolloutStateReason } as const;
  return { ...envelope(new Date(updatedAt), serviceArn), 'detail-type': 'ECS Deployment State Change', detail };
}

function envelope(now: Date, resource: string) {
  return {
    version: '0',
    id: randomUUID(),
    source: 'aws.ecs',
    account: ACCOUNT,
    time: now.toISOString(),
    region: REGION,
    resources: [resource],
  } as const;
}
