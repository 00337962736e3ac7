import { GetTaskProtectionCommand } from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { TaskProtections } from '#local/aws/ecs/protections';
import { endTrials, listTasks, PROGRAMS, readyPids, startTrial, type Trial } from '#test/support/local/ecs-trial';

let trial: Trial;
let taskArn: string | undefined;
let uris: string[];
beforeAll(async () => {
  const print = `console.log('uris ' + process.env.ECS_CONTAINER_METADATA_URI_V4 + ' ' + process.env.ECS_AGENT_URI);`;
  trial = await startTrial(`${PROGRAMS.polite} ${print}`);
  await readyPids(trial, 1);
  [taskArn] = await listTasks(trial);
  uris = (await trial.lines.until('the URIs', (line) => line.includes(' uris '))).split(' ').slice(2);
});
afterAll(endTrials);
afterEach(() => {
  jest.useRealTimers();
});

const answerSchema = z.object({
  protection: z
    .object({ ProtectionEnabled: z.boolean(), ExpirationDate: z.string().optional(), TaskArn: z.string() })
    .optional(),
  error: z.object({ Code: z.string(), Message: z.string() }).optional(),
});

async function protection(body?: object) {
  const init = body === undefined ? {} : { method: 'PUT', body: JSON.stringify(body) };
  const response = await fetch(`${uris[1]}/task-protection/v1/state`, init);
  return { status: response.status, body: answerSchema.parse(await response.json()) };
}

describe('the container agent', () => {
  test('serves a container the metadata of its task', async () => {
    const response = await fetch(`${uris[0]}/task`);
    expect(await response.json()).toMatchObject({
      Cluster: 'arn:aws:ecs:us-east-1:000000000000:cluster/lastcall',
      TaskARN: taskArn,
      Family: 'batch-server',
      Revision: '1',
      DesiredStatus: 'RUNNING',
      KnownStatus: 'RUNNING',
    });
  });

  test('protects the task from scale-in for the requested time, and ends the protection', async () => {
    expect((await protection()).body).toEqual({ protection: { ProtectionEnabled: false, TaskArn: taskArn } });
    const enabled = await protection({ ProtectionEnabled: true, ExpiresInMinutes: 5 });
    expect(enabled.body).toMatchObject({ protection: { ProtectionEnabled: true, TaskArn: taskArn } });
    const inMinutes = (Date.parse(enabled.body.protection?.ExpirationDate ?? '') - Date.now()) / 60_000;
    expect(Math.round(inMinutes)).toBe(5);
    expect((await protection()).body).toEqual(enabled.body);
    const command = new GetTaskProtectionCommand({ cluster: 'lastcall', tasks: [taskArn ?? ''] });
    expect((await trial.client.send(command)).protectedTasks).toMatchObject([{ taskArn, protectionEnabled: true }]);
    expect((await protection({ ProtectionEnabled: false })).body.protection?.ProtectionEnabled).toBe(false);
  });

  test.each([{}, { ProtectionEnabled: true, ExpiresInMinutes: 0 }, { ProtectionEnabled: true, Minutes: 5 }])(
    'refuses the protection %j',
    async (body) => {
      expect(await protection(body)).toMatchObject({
        status: 400,
        body: { error: { Code: 'InvalidParameterException' } },
      });
      expect((await protection()).body.protection?.ProtectionEnabled).toBe(false);
    },
  );

  test('replies 404 for an unknown endpoint id', async () => {
    const response = await fetch(`${trial.ecs.url}/v4/${'0'.repeat(32)}/task`);
    expect(response.status).toBe(404);
  });

  test('ends a protection when it expires', () => {
    jest.useFakeTimers();
    const onEnd = jest.fn();
    const protections = new TaskProtections(onEnd);
    protections.protect('task', 1);
    jest.advanceTimersByTime(59_999);
    expect(protections.get('task').enabled).toBe(true);
    jest.advanceTimersByTime(1);
    expect(protections.get('task')).toEqual({ enabled: false });
    expect(onEnd).toHaveBeenCalledTimes(1);
  });
});
