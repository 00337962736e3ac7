/** The deployments of the service: the primary one, and former ones whose tasks have not all been replaced. */
import { BREAKER_SHARE, MAX_BREAKER_FAILURES, MIN_BREAKER_FAILURES } from '#local/aws/ecs/limits';

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

/** The deployments from the first one of this host on, which is complete. */
export class Deployments {
  readonly #all: Deployment[] = [newDeployment(1, 1)];
  #made = 1;
  /** The last one that was completed: where a rollback goes. */
  #completedId: string;

  constructor() {
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
  }

  /** Counts a task that could not start or was not healthy. True if this has tripped the circuit breaker. */
  noteFailure(desiredCount: number): boolean {
    if (this.primary.rolloutState !== 'IN_PROGRESS') return false;
    const failedTasks = this.primary.failedTasks + 1;
    this.#change({ failedTasks });
    return failedTasks >= breakerThreshold(desiredCount);
  }

  /** Ends the primary deployment as failed. With `rollback`, the last completed one is the primary one again. */
  fail({ rollback }: { readonly rollback: boolean }): void {
    this.#change({
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    });
    const index = this.#all.findIndex(({ id }) => id === this.#completedId);
    if (!rollback || index < 0) return;
    this.#all.unshift(...this.#all.splice(index, 1));
    const rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${this.primary.id}.`;
    this.#change({ rolloutState: 'IN_PROGRESS', rolloutStateReason, failedTasks: 0 });
  }

  /** The service has reached its steady state. */
  complete(): void {
    if (this.primary.rolloutState !== 'IN_PROGRESS') return;
    this.#completedId = this.primary.id;
    this.#change({ rolloutState: 'COMPLETED', rolloutStateReason: `ECS deployment ${this.primary.id} completed.` });
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
