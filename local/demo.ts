/** Submits a few jobs, for a first look at the system. */
import { z } from 'zod';
import { StartFailed } from './errors.ts';

const REQUEST_LIMIT_MS = 30_000;

const JOBS = [
  { name: 'A greeting', tasks: [{ handler: 'echo', input: { say: 'Last call!' } }] },
  {
    name: 'A short nap',
    tasks: [{ handler: 'sleep', input: { seconds: 15, cooperative: true }, restartable: true }],
  },
  {
    name: 'A long night',
    priority: 'High',
    tasks: [
      { taskId: 'open', handler: 'echo', input: { say: 'We are open.' } },
      { taskId: 'serve', handler: 'sleep', input: { seconds: 300 }, restartable: true, dependsOn: after('open') },
      { taskId: 'stir', handler: 'spin', input: { seconds: 120 }, dependsOn: after('open') },
      { taskId: 'spill', handler: 'fail', input: { times: 1 }, maxRetries: 2, dependsOn: after('open') },
      { taskId: 'close', handler: 'echo', input: { say: 'Good night.' }, dependsOn: after('serve') },
    ],
  },
];

/**
 * Submits three jobs. A second call on the same records submits none: each job has its idempotency key.
 * @throws StartFailed with the reply when a request is refused
 */
export async function seedDemo(url: string): Promise<void> {
  const { token } = z
    .object({ token: z.string() })
    .parse(JSON.parse(await post(`${url}/local/token`, { user: 'demo', roles: ['BatchUser'] }, {})));
  for (const job of JOBS) {
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': `demo: ${job.name}` };
    await post(`${url}/jobs`, job, headers);
  }
}

function after(taskId: string) {
  return [{ taskId, expected: 'Finished' }];
}

async function post(url: string, body: object, headers: Record<string, string>): Promise<string> {
  const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
  const response = await fetch(url, {
    ...request,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const text = await response.text();
  if (response.ok) return text;
  throw new StartFailed(`The jobs of the demo were refused: ${response.status} ${text}`);
}
