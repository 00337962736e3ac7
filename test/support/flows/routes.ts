/** The API's routes by the catalog, and a call of each that changes nothing. */
import type { Role } from '#domain/roles';
import { CATALOG } from '#functions/catalog/catalog';
import type { Api, Reply } from './client.ts';

export type Route = {
  readonly method: string;
  readonly path: string;
  readonly role: Role | 'public';
  readonly ownJobs: boolean;
};

export const ROUTES: readonly Route[] = CATALOG.flatMap(({ calledBy }) => {
  if (!('route' in calledBy) || calledBy.route === '$default') return [];
  const [method = '', path = ''] = calledBy.route.split(' ');
  return [{ method, path, role: calledBy.role, ownJobs: calledBy.ownJobs === true }];
});
export const PROTECTED = ROUTES.flatMap(({ role, ...route }) => (role === 'public' ? [] : [{ ...route, role }]));

type Caller = Role | 'nobody' | { readonly token: string };

/** Calls on a job, with ids of nothing for all else; what is sent is wrong on purpose, so that nothing is done. */
export function callWrongly(
  api: Api,
  { method, path }: Pick<Route, 'method' | 'path'>,
  { jobId, as }: { jobId: string; as: Caller },
): Promise<Reply> {
  const target = path.replace('{jobId}', jobId).replaceAll(/\{\w+\}/g, 'nothing');
  return api.call(method, target, { as, ...(method === 'GET' ? {} : { body: { wrong: true } }) });
}

/** The body of a refusal. */
export const mayNot = (status: number, code: string) => ({ status, body: { code } });
