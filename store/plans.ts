/** Plans that were shown: remembered for a day, to be compared with when one is confirmed. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { harmsOf, type Plan } from '#domain/aborts/plan';
import { send, tableName } from '#store/dynamodb/client';
import { parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';
import { isExpired } from './expiry.ts';

/** A plan that was not confirmed for this long is forgotten; confirming it then returns a new one. */
const PLAN_KEPT_SECONDS = 24 * 3600;

/**
 * Remembers the harms of the plan. Without a condition: the plan's id is made of what is kept, so a repeat changes
 * nothing. 1 WCU for each KB of them.
 */
export async function rememberPlan(plan: Plan): Promise<void> {
  const expiresAt = Math.ceil(Date.now() / 1000) + PLAN_KEPT_SECONDS;
  await send(
    new PutCommand({
      TableName: tableName('plans'),
      Item: { jobId: plan.jobId, planId: plan.planId, harms: harmsOf(plan), serverIds: serversOf(plan), expiresAt },
    }),
  );
}

/**
 * What is remembered of the plan with this id; undefined if it was not read in the last day. 1 RCU for each 4 KB.
 * @throws MalformedRecord
 */
export async function findPlan(jobId: string, planId: string): Promise<RememberedPlan | undefined> {
  const item = await readItem('plans', { jobId, planId });
  return item && !isExpired(item) ? parseRecord(rememberedSchema, 'plans', item) : undefined;
}

/** The servers on which the plan stops tasks; a task abort does not restart them. */
function serversOf(plan: Plan): string[] {
  return [...new Set(plan.tasks.map((task) => task.serverId))];
}

const rememberedSchema = z.object({ harms: z.array(z.string()), serverIds: z.array(z.string()) });
type RememberedPlan = z.infer<typeof rememberedSchema>;
