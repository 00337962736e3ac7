import type { Refused } from '#client/client';
import type { Plan } from '#console/api/types.ts';

/** The plan as it is now, in a refusal with the code PlanChanged. */
export function planIn({ code, problem }: Refused): Plan | undefined {
  if (code !== 'PlanChanged') return undefined;
  return isPlan(problem.plan) ? problem.plan : undefined;
}

function isPlan(value: unknown): value is Plan {
  return typeof value === 'object' && value !== null && 'planId' in value && 'disruptedJobs' in value;
}
