/** What the repeats of a request are known by. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Once } from '#domain/jobs/idempotency';

const tasksSchema = z.looseObject({
  batchGroup: z.string().optional(),
  tasks: z.array(
    z.looseObject({
      taskId: z.string().optional(),
      name: z.string().optional(),
      batchGroup: z.string().optional(),
      dependsOn: z.array(z.unknown()).optional(),
      dependencyCondition: z.string().optional(),
    }),
  ),
});
type SentTask = z.infer<typeof tasksSchema>['tasks'][number];

/**
 * The hashes of a request with a key. The order of an object's members, and whether it names a default of its schema or
 * of its own job, make no difference. That it names its group's default priority does: the group's may change.
 */
export function onceOf(request: { user: string; key: string; route: string; body: unknown }): Once {
  const { user, key, route, body } = request;
  return { key: hash([user, key]), request: hash([route, withDefaults(body)]) };
}

function withDefaults(body: unknown): unknown {
  const { data } = tasksSchema.safeParse(body);
  return data === undefined
    ? body
    : { ...data, tasks: data.tasks.map((task) => taskWithDefaults(task, data.batchGroup)) };
}

function taskWithDefaults(task: SentTask, batchGroup: string | undefined): SentTask {
  const { dependsOn = [], dependencyCondition = 'All', ...rest } = task;
  const waits = dependsOn.length === 0 ? {} : { dependsOn, dependencyCondition };
  return { name: task.taskId, batchGroup, ...rest, ...waits };
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('base64url');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
