/** Plans: computed from what the servers hold, and remembered for a while, so that a confirmation can be compared with them. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { harmsOf, type Plan } from '#domain/aborts/plan';
import { documents, tableName } from '#store/dynamodb/client';
import { readItem } from '#store/dynamodb/read';
import { isExpired } from './expiry.ts';

/** A plan that nobody has confirmed for so long is forgotten; confirming it then answers with a new one. */
const PLAN_KEPT_SECONDS = 24 * 3600;

/** Remembers what the plan would harm. Repeating it does no harm. */
export async function rememberPlan(plan: Plan): Promise<void> {
  const expiresAt = Math.ceil(Date.now() / 1000) + PLAN_KEPT_SECONDS;
  await documents().send(
    new PutCommand({
      TableName: tableName('aborts'),
      Item: { ...planKey(plan), harms: harmsOf(plan), serverIds: serversOf(plan), expiresAt },
    }),
  );
}

/** The plan of this id as far as it is remembered; undefined when no such plan was read lately. */
export async function findPlan(jobId: string, planId: string): Promise<RememberedPlan | undefined> {
  const item = await readItem('aborts', planKey({ jobId, planId }));
  return item && !isExpired(item) ? rememberedSchema.parse(item) : undefined;
}

/** The servers on which the plan stops tasks, whether it restarts them or not. */
function serversOf(plan: Plan): string[] {
  return [...new Set(plan.tasks.map((task) => task.serverId))];
}

const rememberedSchema = z.object({ harms: z.array(z.string()), serverIds: z.array(z.string()) });
type RememberedPlan = z.infer<typeof rememberedSchema>;

/** Plans lie beside the aborts; having no `jobId` of their own they are in no list of aborts. */
function planKey({ jobId, planId }: { jobId: string; planId: string }) {
  return { abortId: `plan#${jobId}#${planId}` };
}
