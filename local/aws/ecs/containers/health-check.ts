/** Container health checks: the agent of ECS runs a command in the container again and again. */
import { execFile } from 'node:child_process';
import { z } from 'zod';
import { pause } from '#processes/pause';

/** Of a container definition; times in seconds. Source: Amazon ECS API reference, HealthCheck. */
export const healthCheckSchema = z.strictObject({
  command: z.union([
    z.tuple([z.literal('CMD'), z.string()], z.string()),
    z.tuple([z.literal('CMD-SHELL'), z.string()]),
  ]),
  interval: z.int().min(5).max(300).default(30),
  timeout: z.int().min(2).max(60).default(5),
  retries: z.int().min(1).max(10).default(3),
  startPeriod: z.int().min(0).max(300).default(0),
});
/** A health check with its defaults. */
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** What a check may find. Before that, and without a check, it is UNKNOWN. */
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY';

type Watch = {
  readonly environment: Record<string, string>;
  /** How long a second between two checks lasts. The time that a command may take is not shortened. */
  readonly secondMs: number;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Called when the status changes. */
  readonly onStatus: (status: HealthStatus) => void;
};

/** Runs the command after each interval until the signal. */
export async function watchHealth(check: HealthCheck, { secondMs, signal, onStatus, ...watch }: Watch): Promise<void> {
  const health = new Health(check.retries);
  const countsFromMs = Date.now() + check.startPeriod * secondMs;
  while (await pause(check.interval * secondMs, signal)) {
    const passes = await runCheck(check, watch.environment);
    if (signal.aborted) return;
    const found = health.note({ passes, isStarting: Date.now() < countsFromMs });
    if (found !== undefined) onStatus(found);
  }
}

/**
 * One success is HEALTHY; `retries` failures in a row are UNHEALTHY, but those of the start period do not count before
 * the first success. Source: Amazon ECS API reference, HealthCheck, retries and startPeriod.
 */
class Health {
  readonly #retries: number;
  #failures = 0;
  #status: HealthStatus | undefined;

  constructor(retries: number) {
    this.#retries = retries;
  }

  /** The new status, if it has changed. */
  note({ passes, isStarting }: { readonly passes: boolean; readonly isStarting: boolean }): HealthStatus | undefined {
    if (passes) this.#failures = 0;
    else if (this.#status !== undefined || !isStarting) this.#failures += 1;
    const before = this.#status;
    if (passes) this.#status = 'HEALTHY';
    else if (this.#failures >= this.#retries) this.#status = 'UNHEALTHY';
    return this.#status === before ? undefined : this.#status;
  }
}

/** Whether the command ends in time with exit code 0. It runs with the container's variables and ends with it. */
function runCheck({ command, timeout }: HealthCheck, env: Record<string, string>): Promise<boolean> {
  const [kind, program, ...args] = command;
  const [file, argv] = kind === 'CMD' ? [program, args] : ['/bin/sh', ['-c', program]];
  const limits = { env, timeout: timeout * 1000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => execFile(file, argv, limits, (error) => resolve(error === null)));
}
