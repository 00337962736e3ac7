/** What one may do next with a reply, as links of the API's description. */
import type { Shape } from '#domain/replies';
import type { RouteName } from '#functions/catalog/routes';

type Link = { readonly operationId: RouteName; readonly parameters: Readonly<Record<string, string>> };

const OF_JOB = { jobId: '$response.body#/jobId' };
const OF_ABORT = { abortId: '$response.body#/abortId' };

const LINKED: Partial<Record<Shape, Readonly<Record<string, readonly RouteName[]>>>> = {
  Job: { job: ['get-job', 'list-tasks', 'list-events', 'list-waiting', 'cancel-job', 'plan-abort'] },
  Plan: { job: ['abort-job'] },
  Abort: { job: ['get-job'], abort: ['get-abort', 'withdraw-abort'] },
};

/** The links of a reply of this shape, by the names of their operations; undefined if it has none. */
export function linksOf(shape: unknown): { readonly links?: Readonly<Record<string, Link>> } {
  const found = Object.entries(LINKED).find(([name]) => name === shape)?.[1];
  if (!found) return {};
  const ofJob = (found.job ?? []).map((operationId) => [operationId, { operationId, parameters: OF_JOB }]);
  const ofAbort = (found.abort ?? []).map((operationId) => [operationId, { operationId, parameters: OF_ABORT }]);
  return { links: Object.fromEntries([...ofJob, ...ofAbort]) };
}
