/** What a route replies and refuses, as the API's description has it. */
import { ERROR_STATUS, type ErrorCode } from '#domain/errors';
import type { Shape } from '#domain/replies';
import type { RouteRow } from '#functions/catalog/rows';
import { linksOf } from './links.ts';

type Route = { readonly path: string; readonly row: RouteRow };

/** One response for each HTTP status of the route. */
export function responsesOf(route: Route) {
  return { ...success(route.row), ...refusals(route) };
}

function success({ status, statusWhileWriting, answers, answersDryRun, headers: taken }: RouteRow) {
  const content = jsonOf(answerSchema(answers));
  const description = 'The value true says that the request is a repeat, and nothing more was done.';
  const headers = taken && { headers: { 'Idempotency-Replayed': { description, schema: { type: 'string' } } } };
  return {
    [status]: { description: 'Done.', content, ...headers, ...linksOf(answers) },
    ...(answersDryRun && {
      200: { description: 'A dry run: nothing was kept.', content: jsonOf(refTo(answersDryRun)) },
    }),
    ...(statusWhileWriting && {
      [statusWhileWriting]: {
        description: 'Accepted: tasks are being written.',
        content,
        ...headers,
        ...linksOf(answers),
      },
    }),
  };
}

function jsonOf(schema: object) {
  return { 'application/json': { schema } };
}

function answerSchema(answers: RouteRow['answers']) {
  if (answers === undefined) return { type: 'object' };
  if (typeof answers === 'string') return refTo(answers);
  const properties = {
    items: { type: 'array', items: refTo(answers.listOf) },
    cursor: { type: 'string', description: 'Where the next page starts. Absent on the last one.' },
    looked: {
      type: 'integer',
      description: 'The search was cut off when it had looked at this many. It goes on at the cursor.',
    },
  };
  return { type: 'object', properties, required: ['items'] };
}

/** One response per HTTP status, with its codes; any other status is a fault. */
function refusals(route: Route) {
  const byStatus = Map.groupBy(codesOf(route), (code) => ERROR_STATUS[code]);
  const described = [...byStatus].map(([status, codes]) => {
    const headers = status === 429 || status === 503 ? { headers: RETRY_AFTER } : {};
    return [status, { ...problem(`Refused: ${[...new Set(codes)].join(', ')}.`), ...headers }];
  });
  return { ...Object.fromEntries(described), default: problem('A fault: Internal.') };
}

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds until the request may succeed.', schema: { type: 'integer' } },
};

function codesOf({ path, row }: Route): ErrorCode[] {
  return [
    'InvalidRequest',
    ...(row.role === 'public' ? [] : (['Unauthorized', 'Forbidden'] as const)),
    ...(path.includes('{') ? (['NotFound'] as const) : []),
    'TooLarge',
    ...(row.role === 'public' ? [] : (['Unavailable', 'StorageFull'] as const)),
    ...(row.refuses ?? []),
  ];
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: refTo('Problem') } } };
}

function refTo(shape: Shape) {
  return { $ref: `#/components/schemas/${shape}` };
}
