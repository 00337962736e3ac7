/** The catalog as plain data for the services in `local/aws/`. */
import { dirname, extname, join } from 'node:path';
import { type CatalogEntry, folderOf } from '#functions/catalog/catalog';
import type { Route } from '#local/aws/apigateway/routes';
import type { Schedule } from '#local/aws/eventbridge/schedules';
import type { LambdaFunction } from '#local/aws/lambda/lambda';
import type { FunctionProgram } from '#local/aws/lambda/program';

const FUNCTIONS = join(dirname(import.meta.dirname), 'functions');

/** The functions, each loaded from its file in `functions/`. */
export function functionsOf(catalog: readonly CatalogEntry[]): LambdaFunction[] {
  return catalog.map((entry) => ({
    name: entry.name,
    timeoutSeconds: entry.timeoutSeconds,
    load: async () => await import(`#functions/${folderOf(entry)}/${entry.name}`),
  }));
}

/** The functions, each as a program of its own. */
export function programsOf(catalog: readonly CatalogEntry[]): FunctionProgram[] {
  return catalog.map((entry) => ({
    name: entry.name,
    file: join(FUNCTIONS, folderOf(entry), `${entry.name}${extname(import.meta.filename)}`),
    timeoutSeconds: entry.timeoutSeconds,
    memoryMb: entry.memoryMb,
    ...(entry.reservedConcurrency === undefined ? {} : { reservedConcurrency: entry.reservedConcurrency }),
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
