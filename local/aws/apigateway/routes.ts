/** Which function a request belongs to, by the rules of API Gateway's HTTP APIs. */

import type { Role } from '#domain/roles';
import type { CatalogEntry } from '#functions/catalog/catalog';

/** A catalog entry that a route calls. */
type Route = {
  readonly name: string;
  readonly routeKey: string;
  readonly role: Role | 'public';
};

export type Match = { readonly route: Route; readonly pathParameters?: Record<string, string> };
export type FindRoute = (method: string, path: string) => Match | undefined;

type Pattern = { readonly route: Route; readonly method: string; readonly segments: readonly string[] };

const DEFAULT_ROUTE = '$default';
const SEGMENT = /^(\{[A-Za-z][A-Za-z0-9_]*\}|[A-Za-z0-9._~-]*)$/;

/**
 * Reads the routes of a catalog once; the answer then finds the route of a method and a raw path. At the first segment in
 * which two routes differ, the fixed one wins over the parameter. The route `$default` takes what no other takes.
 * Finding throws a URIError when a path parameter is not percent-encoded UTF-8. Throws on a route of another form.
 */
export function routesOf(catalog: readonly CatalogEntry[]): FindRoute {
  const routes = catalog.flatMap(({ name, calledBy }) =>
    'route' in calledBy ? [{ name, routeKey: calledBy.route, role: calledBy.role }] : [],
  );
  const fallback = routes.find(({ routeKey }) => routeKey === DEFAULT_ROUTE);
  const patterns = routes.filter((route) => route !== fallback).map(patternOf);
  patterns.sort((one, other) => (rankOf(one) < rankOf(other) ? -1 : 1));
  return (method, path) => {
    const segments = path.split('/').slice(1);
    const found = patterns.find((pattern) => pattern.method === method && fits(pattern, segments));
    if (found !== undefined) return { route: found.route, ...parametersOf(found, segments) };
    return fallback === undefined ? undefined : { route: fallback };
  };
}

function patternOf(route: Route): Pattern {
  const [method = '', path = ''] = route.routeKey.split(' ');
  const segments = path.split('/').slice(1);
  if (/^[A-Z]+$/.test(method) && path.startsWith('/') && segments.every((segment) => SEGMENT.test(segment))) {
    return { route, method, segments };
  }
  throw new Error(`The route "${route.routeKey}" of ${route.name} must read like "GET /jobs/{jobId}".`);
}

// Fixed segments sort before parameters, earlier segments weigh more.
function rankOf({ segments }: Pattern): string {
  return segments.map((segment) => (isParameter(segment) ? '1' : '0')).join('');
}

function fits({ segments }: Pattern, actual: readonly string[]): boolean {
  if (segments.length !== actual.length) return false;
  return segments.every((segment, index) => (isParameter(segment) ? actual[index] !== '' : segment === actual[index]));
}

function parametersOf({ segments }: Pattern, actual: readonly string[]): { pathParameters?: Record<string, string> } {
  const entries = segments.flatMap((segment, index) =>
    isParameter(segment) ? [[segment.slice(1, -1), decodeURIComponent(actual[index] ?? '')]] : [],
  );
  return entries.length === 0 ? {} : { pathParameters: Object.fromEntries(entries) };
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}
