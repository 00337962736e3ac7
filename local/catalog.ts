/** The catalog as plain data for the services in `local/aws/`. */
import { type CatalogEntry, folderOf } from '#functions/catalog/catalog';
import type { Route } from '#local/aws/apigateway/routes';
import type { Schedule } from '#local/aws/eventbridge/schedules';
import type { LambdaFunction } from '#local/aws/lambda/lambda';

/** The functions, each loaded from its file in `functions/`. */
export function functionsOf(catalog: readonly CatalogEntry[]): LambdaFunction[] {
  return catalog.map((entry) => ({
    name: entry.name,
    timeoutSeconds: entry.timeoutSeconds,
    load: async () => await import(`#functions/${folderOf(entry)}/${entry.name}`),
  }));
}

/** The routes of the HTTP API. */
export function routesOf(catalog: readonly CatalogEntry[]): Route[] {
  return catalog.flatMap(({ name, calledBy }) =>
    'route' in calledBy ? [{ name, routeKey: calledBy.route, isPublic: calledBy.role === 'public' }] : [],
  );
}

/** The functions that run on a schedule. */
export function schedulesOf(catalog: readonly CatalogEntry[], heartbeatSeconds: number): Schedule[] {
  return catalog.flatMap(({ name, calledBy }) =>
    'schedule' in calledBy ? [{ name, everySeconds: calledBy.schedule.everyHeartbeats * heartbeatSeconds }] : [],
  );
}

/** The names of the functions that get the events of ECS. */
export function listenersOf(catalog: readonly CatalogEntry[]): string[] {
  return catalog.flatMap(({ name, calledBy }) => ('event' in calledBy ? [name] : []));
}
