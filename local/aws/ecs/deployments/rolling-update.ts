/** The rules by which the scheduler replaces tasks side by side. */
import { z } from 'zod';

/** How a deployment may proceed, with the field names of ECS. */
export const deploymentConfigurationSchema = z.strictObject({
  maximumPercent: z.int().min(100).max(200).default(200),
  minimumHealthyPercent: z.int().min(0).max(100).default(100),
  deploymentCircuitBreaker: z
    .strictObject({ enable: z.boolean(), rollback: z.boolean() })
    .default({ enable: true, rollback: true }),
});
/** The configuration of a service's deployments. */
export type DeploymentConfiguration = z.infer<typeof deploymentConfigurationSchema>;

/** How many tasks there are. Those that are to stop are not counted, but in `present`. */
export type Census = {
  readonly desired: number;
  /** Of the primary deployment, but for unhealthy ones. */
  readonly current: number;
  /** Of former deployments, but for unhealthy ones. */
  readonly former: number;
  /** Of all deployments: those that have failed their health check. */
  readonly unhealthy: number;
  /** Of all deployments: those that run and are healthy. */
  readonly healthy: number;
  /** All that a new task must wait for, of the primary deployment and in all. */
  readonly presentCurrent: number;
  readonly present: number;
};

/** How many tasks the scheduler starts and stops next. The stops are wishes: protected tasks stay. */
type Steps = {
  readonly start: number;
  readonly stopCurrent: number;
  readonly stopFormer: number;
  readonly stopUnhealthy: number;
};

/**
 * At most `maximumPercent` of the desired tasks are there during a deployment (rounded down), and at least
 * `minimumHealthyPercent` stay healthy (rounded up). Source: Amazon ECS developer guide, "Service definition
 * parameters", deploymentConfiguration.
 */
export function nextSteps(census: Census, configuration: DeploymentConfiguration): Steps {
  const { desired, current, former, unhealthy, healthy, presentCurrent, present } = census;
  const isReplacing = former + unhealthy > 0;
  const most = isReplacing ? Math.floor((desired * configuration.maximumPercent) / 100) : Number.POSITIVE_INFINITY;
  const fewest = Math.ceil((desired * configuration.minimumHealthyPercent) / 100);
  const missing = Math.max(0, desired - presentCurrent);
  const start = Math.max(0, Math.min(missing, most - present));
  return {
    start,
    stopCurrent: Math.max(0, current - desired),
    stopFormer: Math.min(former, Math.max(0, healthy - fewest)),
    stopUnhealthy: unhealthyToStop({ unhealthy, lacking: fewest - healthy, needsRoom: missing > 0 && start === 0 }),
  };
}

type Unhealthy = { readonly unhealthy: number; readonly lacking: number; readonly needsRoom: boolean };

/**
 * An unhealthy task stays until its replacement is healthy; if there is no room for a replacement, one goes first.
 * Source: Amazon ECS developer guide, "Deploy Amazon ECS services by replacing tasks", maximumPercent.
 */
function unhealthyToStop({ unhealthy, lacking, needsRoom }: Unhealthy): number {
  const replaced = unhealthy - Math.max(0, lacking);
  return Math.min(unhealthy, Math.max(needsRoom ? 1 : 0, replaced));
}
