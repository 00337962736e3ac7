import { AwsError } from '#local/aws/wire/aws-json';

/** The region and the account exist on this machine alone. */
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** The names and ARNs of the one cluster, its one service, and the one container of each task. */
export class Names {
  readonly cluster: string;
  readonly service: string;
  readonly container: string;

  constructor({ cluster, service, container }: Pick<Names, 'cluster' | 'service' | 'container'>) {
    this.cluster = cluster;
    this.service = service;
    this.container = container;
  }

  get clusterArn(): string {
    return arn(`cluster/${this.cluster}`);
  }

  get serviceArn(): string {
    return arn(`service/${this.cluster}/${this.service}`);
  }

  /** The task definition has the name of the service. */
  taskDefinitionArnOf(revision: number): string {
    return arn(`task-definition/${this.service}:${revision}`);
  }

  /** The ARN of a container task, from its id (32 hex digits) or its ARN. */
  taskArnOf(idOrArn: string): string {
    return idOrArn.startsWith('arn:') ? idOrArn : arn(`task/${this.cluster}/${idOrArn}`);
  }

  /** The ARN of a container within a container task. */
  containerArnOf(taskId: string, containerId: string): string {
    return arn(`container/${this.cluster}/${taskId}/${containerId}`);
  }

  isCluster(nameOrArn: string): boolean {
    return nameOrArn === this.cluster || nameOrArn === this.clusterArn;
  }

  isService(nameOrArn: string): boolean {
    return nameOrArn === this.service || nameOrArn === this.serviceArn;
  }

  /** @throws AwsError ClusterNotFoundException for another cluster */
  requireCluster(nameOrArn: string): void {
    if (!this.isCluster(nameOrArn)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  }

  /** @throws AwsError ServiceNotFoundException for another service */
  requireService(nameOrArn: string): void {
    if (!this.isService(nameOrArn)) throw new AwsError('ServiceNotFoundException', 'Service not found.');
  }
}

/** The first eight digits of the task id, the prefix of a container's log lines. */
export function shortTaskId(taskArn: string): string {
  const start = taskArn.lastIndexOf('/') + 1;
  return taskArn.slice(start, start + 8);
}

function arn(resource: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
}
