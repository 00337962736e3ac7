import type { Refused } from '#console/api/refused.ts';
import type { Plan } from '#console/api/types.ts';

/** The plan as it is now, in a refusal with the code PlanChanged. */
export function planIn({ code, problem }: Refused): Plan | undefined {
  if (code !== 'PlanChanged') return undefined;
  const { plan }: { plan?: unknown } = problem;
  return isPlan(plan) ? plan : undefined;
}

function isPlan(value: unknown): value is Plan {
  return typeof value === 'object' && value !== null && 'planId' in value && 'disruptedJobs' in value;
}
