/** What ECS's agent tells the container that the server runs in, and what the server tells the agent. */
import { z } from 'zod';

const REQUEST_LIMIT_MS = 5_000;
/** The protection is taken for two minutes and renewed each half minute, so that a server that dies frees it soon. */
const PROTECTED_MINUTES = 2;
const RENEW_AFTER_MS = 30_000;

/** The container's ARN, from the task metadata endpoint (version 4). Its last part is never used again: the server's id. */
export async function readIdentity(metadataUri: string): Promise<{ serverId: string; containerArn: string }> {
  const response = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { TaskARN } = z.object({ TaskARN: z.string() }).parse(await response.json());
  return { containerArn: TaskARN, serverId: TaskARN.slice(TaskARN.lastIndexOf('/') + 1) };
}

/** What ECS could not do the agent answers with status 200, too, but with a `failure` instead. */
const doneSchema = z.object({ protection: z.object({ ProtectionEnabled: z.boolean() }) });

/** Keeps scale-in away from a server that runs tasks, through the agent's task scale-in protection endpoint. */
export function createProtection(agentUri: string) {
  let held = false;
  let renewedMs = 0;
  return {
    /** Takes, renews or gives back the protection as needed; cheap to call often. */
    async update(busy: boolean): Promise<void> {
      if (busy === held && (!busy || Date.now() - renewedMs < RENEW_AFTER_MS)) return;
      const response = await fetch(`${agentUri}/task-protection/v1/state`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          busy ? { ProtectionEnabled: true, ExpiresInMinutes: PROTECTED_MINUTES } : { ProtectionEnabled: false },
        ),
        signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      });
      const answer: unknown = await response.json();
      if (!doneSchema.safeParse(answer).success)
        throw new Error(`ECS refused the scale-in protection: ${response.status} ${JSON.stringify(answer)}`);
      held = busy;
      renewedMs = Date.now();
    },
  };
}
