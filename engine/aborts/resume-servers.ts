import type { Abort } from '#domain/aborts/abort';
import { drainCallbacks } from '#domain/servers/server';
import { resumeServer } from '#engine/servers/resume-server';

/**
 * Takes the abort off each server that drains for it, and returns the callbacks that waited. Repeating it does no harm.
 * 2 WCU a server.
 */
export async function resumeServers({ abortId, serverIds }: Abort): Promise<string[]> {
  const tokens = [];
  for (const serverId of serverIds) {
    const { done, server } = await resumeServer(serverId, abortId);
    if (done && server) tokens.push(...drainCallbacks(server, abortId));
  }
  return tokens;
}
