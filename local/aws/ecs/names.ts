/** The names and ARNs of the one cluster and the one service. */

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const CLUSTER = 'lastcall';
export const SERVICE = 'batch-server';
export const FAMILY = 'batch-server';
export const REVISION = '1';

export const CLUSTER_ARN = arn(`cluster/${CLUSTER}`);
export const SERVICE_ARN = arn(`service/${CLUSTER}/${SERVICE}`);
export const TASK_DEFINITION_ARN = arn(`task-definition/${FAMILY}:${REVISION}`);

const TASK_ARN_PREFIX = arn(`task/${CLUSTER}/`);

/** The ARN of a container task, from its id (32 hex digits) or its ARN. */
export function taskArnOf(idOrArn: string): string {
  return idOrArn.startsWith('arn:') ? idOrArn : TASK_ARN_PREFIX + idOrArn;
}

/** The ARN of a container within a container task. */
export function containerArnOf(taskId: string, containerId: string): string {
  return arn(`container/${CLUSTER}/${taskId}/${containerId}`);
}

/** The first eight digits of the task id, the prefix of a container's log lines. */
export function shortTaskId(taskArn: string): string {
  return taskArn.slice(TASK_ARN_PREFIX.length, TASK_ARN_PREFIX.length + 8);
}

function arn(resource: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
}
