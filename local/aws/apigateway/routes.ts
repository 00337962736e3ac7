/** Finds the function of a request by the rules of API Gateway's HTTP APIs. */

/** A route of the HTTP API. */
export type Route = {
  /** Of the function. */
  readonly name: string;
  /** Such as `GET /jobs/{jobId}`; `$default` takes every request that no other route takes. */
  readonly routeKey: string;
  /** Called without a token. */
  readonly isPublic: boolean;
};

/** The route of a request, with the values of its path parameters. */
export type Match = { readonly route: Route; readonly pathParameters?: Record<string, string> };
/** Finds the route of a method and a raw path; undefined when there is none. */
export type FindRoute = (method: string, path: string) => Match | undefined;

type Pattern = { readonly route: Route; readonly method: string; readonly segments: readonly string[] };

const DEFAULT_ROUTE = '$default';
const SEGMENT = /^(\{[A-Za-z][A-Za-z0-9_]*\}|[A-Za-z0-9._~-]*)$/;

class WrongRoute extends Error {
  override readonly name = 'WrongRoute';

  constructor({ name, routeKey }: Route) {
    super(`The route "${routeKey}" of ${name} must read like "GET /jobs/{jobId}".`);
  }
}

/**
 * Returns a function that finds the route of a method and a raw path. At the first segment in which two routes differ,
 * the fixed one wins over the parameter. It throws URIError for a path parameter that is not percent-encoded UTF-8.
 * @throws WrongRoute for a route key of another form
 */
export function routeFinder(routes: readonly Route[]): FindRoute {
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
  throw new WrongRoute(route);
}

// Fixed segments sort before parameters, and earlier segments weigh more.
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
