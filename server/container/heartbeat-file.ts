/** Shows the container's health check that the server lives: a file that is written again and again. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEARTBEAT_FILE } from '#domain/servers/server';

/** Writes the file. The check reads its age, and does not need what is in it. */
export async function showHeartbeat(now: string): Promise<void> {
  await writeFile(join(tmpdir(), HEARTBEAT_FILE), now);
}
