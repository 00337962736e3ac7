/** An example of each body that the API takes, for its description. */
import type { RouteName } from '#functions/catalog/routes';

export const EXAMPLES: Partial<Record<RouteName, object>> = {
  'submit-job': {
    name: 'month end',
    batchGroup: 'reports',
    tasks: [
      { taskId: 'load', handler: 'echo', input: { month: '2026-10' }, restartable: true },
      { taskId: 'print', handler: 'echo', maxRetries: 2, dependsOn: [{ taskId: 'load', expected: 'Finished' }] },
    ],
  },
  'add-tasks': { tasks: [{ handler: 'sleep', input: { seconds: 5 } }] },
  'cancel-job': { reason: 'The input of October was wrong.' },
  'requeue-job': { scope: 'NotFinished' },
  'set-priority': { priority: 'High' },
  'abort-job': { planId: '0f4c1a7be2d94d6cb1c2a5d3f0e8a917', reason: 'It hangs, and payroll waits.' },
  'withdraw-abort': { reason: 'It ended by itself.' },
  'set-group': { defaultPriority: 'Low' },
  'set-feature': { enabled: true },
};
