/** The deployments of the service: the primary one, and former ones whose tasks have not all been replaced. */
import { BREAKER_SHARE, MAX_BREAKER_FAILURES, MIN_BREAKER_FAILURES } from '#local/aws/ecs/limits';
import type { DeploymentConfiguration } from './rolling-update.ts';

/** A deployment, with the field names of DescribeServices. */
export type Deployment = {
  /** What ECS writes into `startedBy` of each of its tasks. */
  readonly id: string;
  readonly revision: number;
  /** ISO-8601 UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly failedTasks: number;
  readonly rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly rolloutStateReason: string;
};

/** What the service tells of a deployment, with the names of its events. */
export type DeploymentNews =
  | 'SERVICE_DEPLOYMENT_IN_PROGRESS'
  | 'SERVICE_DEPLOYMENT_COMPLETED'
  | 'SERVICE_DEPLOYMENT_FAILED';
type Breaker = DeploymentConfiguration['deploymentCircuitBreaker'];
type Listener = (news: DeploymentNews, deployment: Deployment) => void;

/** The deployments from the first one of this host on, which is complete. */
export class Deployments {
  readonly #onNews: Listener;
  readonly #all: Deployment[] = [newDeployment(1, 1)];
  #made = 1;
  /** The last one that was completed: where a rollback goes. */
  #completedId: string;

  constructor(onNews: Listener) {
    this.#onNews = onNews;
    this.#completedId = this.primary.id;
    this.#change({ rolloutState: 'COMPLETED', rolloutStateReason: `ECS deployment ${this.primary.id} completed.` });
  }

  /** The one whose tasks the service is to run. */
  get primary(): Deployment {
    const [first] = this.#all;
    if (first === undefined) throw new Error('A service always has a primary deployment.');
    return first;
  }

  /** The primary one first, then those that are needed still, the newest first. */
  list(isNeeded: (id: string) => boolean): Deployment[] {
    const [first, ...former] = this.#all;
    return [...(first ? [first] : []), ...former.filter(({ id }) => isNeeded(id))];
  }

  /** Begins a deployment, which is the primary one from now on. */
  begin(revision: number): void {
    this.#made += 1;
    this.#all.unshift(newDeployment(this.#made, revision));
    this.#onNews('SERVICE_DEPLOYMENT_IN_PROGRESS', this.primary);
  }

  /** A healthy task ends the count. Source: ECS API reference, DeploymentCircuitBreaker, resetOnHealthyTask. */
  noteSuccess(): void {
    if (this.primary.failedTasks > 0) this.#change({ failedTasks: 0 });
  }

  /**
   * Counts a task that does not come to run, fails its health check or ends before it has passed. True if this has
   * tripped the circuit breaker. Source: Amazon ECS developer guide, "Deployment circuit breaker"; for a task that ends
   * early, the service's own word in aws/containers-roadmap, issue 1206.
   */
  noteFailure(desiredCount: number, { enable, rollback }: Breaker): boolean {
    if (this.primary.rolloutState !== 'IN_PROGRESS') return false;
    const failedTasks = this.primary.failedTasks + 1;
    this.#change({ failedTasks });
    if (!enable || failedTasks < breakerThreshold(desiredCount)) return false;
    this.#fail(rollback);
    return true;
  }

  /** Ends the primary deployment as failed. With `rollback`, the last completed one is the primary one again. */
  #fail(rollback: boolean): void {
    this.#change({
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: task failed to start.',
    });
    this.#onNews('SERVICE_DEPLOYMENT_FAILED', this.primary);
    const index = this.#all.findIndex(({ id }) => id === this.#completedId);
    if (!rollback || index < 0) return;
    this.#all.unshift(...this.#all.splice(index, 1));
    const rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${this.primary.id}.`;
    this.#change({ rolloutState: 'IN_PROGRESS', rolloutStateReason, failedTasks: 0 });
    this.#onNews('SERVICE_DEPLOYMENT_IN_PROGRESS', this.primary);
  }

  /** The service has reached its steady state. */
  complete(): void {
    if (this.primary.rolloutState !== 'IN_PROGRESS') return;
    this.#completedId = this.primary.id;
    this.#change({ rolloutState: 'COMPLETED', rolloutStateReason: `ECS deployment ${this.primary.id} completed.` });
    this.#onNews('SERVICE_DEPLOYMENT_COMPLETED', this.primary);
  }

  #change(fields: Partial<Deployment>): void {
    this.#all[0] = { ...this.primary, ...fields, updatedAt: new Date().toISOString() };
  }
}

/**
 * How many failed tasks end a deployment. Source: Amazon ECS API reference, ServiceDeploymentCircuitBreaker, threshold;
 * a developer guide of 2023 still names 10 as the fewest.
 */
export function breakerThreshold(desiredCount: number): number {
  return Math.min(MAX_BREAKER_FAILURES, Math.max(MIN_BREAKER_FAILURES, Math.ceil(BREAKER_SHARE * desiredCount)));
}

function newDeployment(number: number, revision: number): Deployment {
  const now = new Date().toISOString();
  const id = `ecs-svc/${String(number).padStart(19, '0')}`;
  const rolloutStateReason = `ECS deployment ${id} in progress.`;
  return {
    id,
    revision,
    createdAt: now,
    updatedAt: now,
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason,
  };
}
