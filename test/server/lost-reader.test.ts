/** A server whose log has no reader any more ends at once, even while a handler is blocked in native code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { containerEnvironment, functionEnvironment } from '#local/environment';
import { optionsOf } from '#local/options';
import { registerGroups } from '#store/groups';
import { getJob } from '#store/jobs';
import { eventually } from '#test/support/flows/system';
import { newFolder } from '#test/support/local/ecs-trial';
import { startStore } from '#test/support/store/engine';
import { submit } from '#test/support/store/trial';

const PROGRAM = join(import.meta.dirname, '..', '..', 'server', 'main.ts');
const wire = await startStore();

/** ECS's agent: it names the container, and protects it. */
const agent = createServer((request, response) => {
  const isIdentity = request.url?.endsWith('/task');
  response.end(JSON.stringify(isIdentity ? { TaskARN: 'arn/a-server' } : { protection: { ProtectionEnabled: true } }));
});
agent.listen(0, '127.0.0.1');
await once(agent, 'listening');
const agentUrl = `http://127.0.0.1:${z.object({ port: z.number() }).parse(agent.address()).port}`;
const servers: ChildProcess[] = [];
afterAll(() => {
  agent.close();
  for (const server of servers) server.kill('SIGKILL');
});

test('A server whose log has lost its reader does not outlive that in a native wait', async () => {
  const options = { ...optionsOf('--servers', '1', '--slots', '1'), heartbeatSeconds: 0.5 };
  await registerGroups(['default']);
  const server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...containerEnvironment(options, functionEnvironment(options, wire.url), newFolder()),
      LASTCALL_TABLE_PREFIX: process.env.LASTCALL_TABLE_PREFIX ?? '',
      ECS_CONTAINER_METADATA_URI_V4: agentUrl,
      ECS_AGENT_URI: agentUrl,
    },
  });
  servers.push(server);
  const ended = once(server, 'exit');
  const job = await submit([{ handler: 'block', input: { seconds: 3_600 } }]);
  await eventually(async () => (await getJob(job.jobId)).status === 'Executing', { limitMs: 30_000 });
  server.stdout.destroy();
  // Whatever it does next, it logs.
  server.kill('SIGTERM');
  expect(await ended).toEqual([null, 'SIGKILL']);
}, 60_000);
