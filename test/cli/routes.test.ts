/** Whatever the API can do, the command line can do: no route is added without a command. */
import { expect, test } from '@jest/globals';
import { ROUTES } from '#functions/catalog/routes';
import { filesOf, sourceOf } from '#test/support/house/sources';

/** The routes that need no command, and why. */
const NO_COMMAND: Readonly<Record<string, string>> = {
  $default: 'it refuses what is no route',
  'GET /health': 'for the monitors of the system',
  'GET /openapi.json': 'for programs; a browser shows it',
  'GET /job.schema.json': 'for editors, which read its address in a job file',
};

const CALLED = new Set(
  filesOf('cli').flatMap((file) =>
    [...sourceOf(file).matchAll(/\bcall\(\s*'((?:GET|POST|PUT|DELETE) [^']+)'/g)].map(([, route]) => route),
  ),
);

test('each route has a command, or a reason to have none', () => {
  const routes: string[] = Object.values(ROUTES).map(({ route }) => route);
  expect(routes.filter((route) => !CALLED.has(route)).sort()).toEqual(Object.keys(NO_COMMAND).sort());
});
