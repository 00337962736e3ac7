/** Which container this process runs in, from the ECS agent. */
import { z } from 'zod';

const REQUEST_LIMIT_MS = 5_000;
const metadataSchema = z.object({ TaskARN: z.string() });

/**
 * Reads the container's ARN from the task metadata endpoint (version 4). Its last part, which ECS never uses again, is
 * the server's id.
 * @throws TimeoutError after 5 s; ZodError if the agent does not reply with an ARN
 */
export async function readIdentity(metadataUri: string): Promise<{ serverId: string; containerArn: string }> {
  const response = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { TaskARN } = metadataSchema.parse(await response.json());
  return { containerArn: TaskARN, serverId: TaskARN.slice(TaskARN.lastIndexOf('/') + 1) };
}
