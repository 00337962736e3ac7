/** The options of the ECS stand-in. */
import { z } from 'zod';
import { type HealthCheck, healthCheckSchema } from '#local/aws/ecs/containers/health-check';
import type { EcsDeploymentStateChangeEvent, EcsTaskStateChangeEvent } from './events.ts';
import { MAX_DESIRED_COUNT, MAX_STOP_TIMEOUT_SECONDS } from './limits.ts';

/** The options of `startEcs`. */
export type EcsOptions = {
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  readonly cluster: string;
  readonly service: string;
  /** The name of the container in each task. */
  readonly container: string;
  /** The program of a container and its arguments. */
  readonly command: readonly string[];
  /** Of each container, complete except for PATH, HOME and TMPDIR, which come from this process. */
  readonly environment: Record<string, string>;
  readonly desiredCount: number;
  /** Where each container gets a temporary directory of its own. Without it, all have TMPDIR in common. */
  readonly temporaryFolder?: string;
  /** Of the container, as in a task definition. Without it, a container is healthy while it runs. */
  readonly healthCheck?: HealthCheck;
  /** From SIGTERM to SIGKILL. DEFAULT_STOP_TIMEOUT_SECONDS when left out. */
  readonly stopTimeoutSeconds?: number;
  /** Keeps container tasks on disk: the next host ends and reports those of a killed one. One host at a time. */
  readonly journalFile?: string;
  /** With a seed, ECS takes its time, replaces side by side, and sends events twice, late and in any order. */
  readonly mannersSeed?: number;
  /** Called on each change of a container task, and again when it rejects: at least once, unordered. */
  readonly onStateChange: (event: EcsTaskStateChangeEvent) => Promise<void>;
  /** Called when a deployment begins, is complete or has failed, in the same way. */
  readonly onDeploymentChange?: (event: EcsDeploymentStateChangeEvent) => Promise<void>;
  /** Gets the lines of the containers, prefixed with the first digits of the task id, and those of the service. */
  readonly log: (line: string) => void;
};

const optionsSchema = z.object({
  cluster: z.string().min(1),
  service: z.string().min(1),
  container: z.string().min(1),
  port: z.int().min(0).max(65_535),
  command: z.array(z.string()).min(1),
  desiredCount: z.int().min(0).max(MAX_DESIRED_COUNT),
  temporaryFolder: z.string().min(1).optional(),
  healthCheck: healthCheckSchema.optional(),
  mannersSeed: z.int().optional(),
  stopTimeoutSeconds: z.number().min(0).max(MAX_STOP_TIMEOUT_SECONDS).optional(),
});

/** @throws ZodError naming each wrong option */
export function checkOptions(options: EcsOptions): void {
  optionsSchema.parse(options);
}
