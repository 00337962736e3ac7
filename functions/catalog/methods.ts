/** Which methods a path takes, by the rows of the routes. */
import { ROUTES } from './routes.ts';
import type { RouteRow } from './rows.ts';

/** The methods of a raw path, sorted; none if no route has this path. */
export function methodsOf(rawPath: string): string[] {
  const rows = Object.values<RouteRow>(ROUTES).filter(({ route }) => route !== '$default');
  const methods = rows.flatMap(({ route }) => {
    const [method = '', path = ''] = route.split(' ');
    return isAt(path, rawPath) ? [method] : [];
  });
  return [...new Set(methods)].sort();
}

function isAt(path: string, rawPath: string): boolean {
  const [parts, actual] = [path.split('/'), rawPath.split('/')];
  const fits = (part: string, index: number) => (part.startsWith('{') ? actual[index] !== '' : part === actual[index]);
  return parts.length === actual.length && parts.every(fits);
}
