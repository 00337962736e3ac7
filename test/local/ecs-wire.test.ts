import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  GetTaskProtectionCommand,
  ListClustersCommand,
  ListServicesCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  UpdateTaskProtectionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  endTrials,
  listTasks,
  PROGRAMS,
  readyPids,
  startTrial,
  type Trial,
  untilStatus,
} from '#test/support/local/ecs-trial';

const CLUSTER_ARN = 'arn:aws:ecs:us-east-1:000000000000:cluster/lastcall';
const SERVICE_ARN = 'arn:aws:ecs:us-east-1:000000000000:service/lastcall/batch-server';
const UNKNOWN_ARN = `arn:aws:ecs:us-east-1:000000000000:task/lastcall/${'0'.repeat(32)}`;
const lastcall = { cluster: 'lastcall' };

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial(PROGRAMS.polite, { desiredCount: 3 });
  await readyPids(trial, 3);
});
afterAll(endTrials);

async function post(operation: string, body: unknown) {
  const target = `AmazonEC2ContainerServiceV20141113.${operation}`;
  const response = await fetch(trial.ecs.url, {
    method: 'POST',
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('the wire protocol', () => {
  test('lists and describes the one cluster and the one service', async () => {
    const { client } = trial;
    expect((await client.send(new ListClustersCommand({}))).clusterArns).toEqual([CLUSTER_ARN]);
    expect((await client.send(new ListServicesCommand(lastcall))).serviceArns).toEqual([SERVICE_ARN]);
    const { clusters } = await client.send(new DescribeClustersCommand({ clusters: [CLUSTER_ARN] }));
    expect(clusters).toMatchObject([{ clusterName: 'lastcall', status: 'ACTIVE', runningTasksCount: 3 }]);
    const described = await client.send(new DescribeServicesCommand({ ...lastcall, services: ['batch-server', 'x'] }));
    expect(described.services).toMatchObject([{ serviceArn: SERVICE_ARN, desiredCount: 3, runningCount: 3 }]);
    expect(described.services?.[0]?.createdAt).toBeInstanceOf(Date);
    expect(described.failures).toMatchObject([{ arn: SERVICE_ARN.replace('batch-server', 'x'), reason: 'MISSING' }]);
  });

  test('lists tasks by service and desired status, in pages', async () => {
    const { client } = trial;
    const all = await listTasks(trial);
    expect(all).toHaveLength(3);
    expect(all[0]).toMatch(/^arn:aws:ecs:us-east-1:000000000000:task\/lastcall\/[0-9a-f]{32}$/);
    const first = await client.send(new ListTasksCommand({ ...lastcall, serviceName: 'batch-server', maxResults: 2 }));
    expect(first.taskArns).toEqual(all.slice(0, 2));
    const second = await client.send(new ListTasksCommand({ ...lastcall, maxResults: 2, nextToken: first.nextToken }));
    expect(second).toMatchObject({ taskArns: all.slice(2) });
    expect(second.nextToken).toBeUndefined();
    const stopped = await client.send(new ListTasksCommand({ ...lastcall, desiredStatus: 'STOPPED' }));
    expect(stopped.taskArns).toEqual([]);
  });

  test('describes tasks by id and by ARN, and returns a failure for each missing one', async () => {
    const [taskArn = ''] = await listTasks(trial);
    const taskId = taskArn.split('/').at(-1) ?? '';
    const tasks = [taskId, UNKNOWN_ARN];
    const answer = await trial.client.send(new DescribeTasksCommand({ ...lastcall, tasks }));
    expect(answer.tasks).toMatchObject([{ taskArn, clusterArn: CLUSTER_ARN, lastStatus: 'RUNNING', version: 2 }]);
    expect(answer.tasks?.[0]?.startedAt).toBeInstanceOf(Date);
    expect(answer.failures).toMatchObject([{ arn: UNKNOWN_ARN, reason: 'MISSING' }]);
  });

  test('refuses unknown clusters, services and tasks with the error names of ECS', async () => {
    const { client } = trial;
    const elsewhere = { cluster: 'elsewhere' };
    await expect(client.send(new StopTaskCommand({ ...elsewhere, task: 'x' }))).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
    });
    await expect(client.send(new ListTasksCommand({}))).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
    await expect(client.send(new ListTasksCommand({ ...lastcall, serviceName: 'x' }))).rejects.toMatchObject({
      name: 'ServiceNotFoundException',
    });
    await expect(client.send(new StopTaskCommand({ ...lastcall, task: UNKNOWN_ARN }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The referenced task was not found.',
    });
  });

  const countOf = (desiredCount: unknown) => ({ ...lastcall, service: 'batch-server', desiredCount });
  test.each([
    { what: 'an unknown operation', operation: 'RunTask', body: {}, error: 'UnknownOperationException' },
    { what: 'a name that every object has', operation: 'constructor', body: {}, error: 'UnknownOperationException' },
    { what: 'an unknown field', operation: 'ListTasks', body: { ...lastcall, family: 'x' } },
    { what: 'a missing field', operation: 'StopTask', body: lastcall },
    { what: 'an invalid page token', operation: 'ListTasks', body: { ...lastcall, nextToken: 'x' } },
    { what: 'a text that is not JSON', operation: 'ListTasks', body: '{', error: 'SerializationException' },
    { what: 'a negative desired count', operation: 'UpdateService', body: countOf(-1) },
    { what: 'a fraction as desired count', operation: 'UpdateService', body: countOf(1.5) },
    { what: 'a text as desired count', operation: 'UpdateService', body: countOf('2') },
    { what: 'more containers than the limit', operation: 'UpdateService', body: countOf(101) },
  ])('refuses $what', async ({ operation, body, error = 'InvalidParameterException' }) => {
    const answer = await post(operation, body);
    expect(answer).toMatchObject({ status: 400, body: { __type: error, message: expect.any(String) } });
    expect(await listTasks(trial)).toHaveLength(3);
  });

  test('refuses a change of the service that it does not know', async () => {
    const change = { ...lastcall, service: 'batch-server', desiredCount: 1, enableExecuteCommand: true };
    await expect(trial.client.send(new UpdateServiceCommand(change))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('enableExecuteCommand'),
    });
    expect(await listTasks(trial)).toHaveLength(3);
  });

  test('does not stop protected tasks in a scale-in until their protection ends', async () => {
    const { client } = trial;
    const [first, second, third = ''] = await listTasks(trial);
    const protect = (protectionEnabled: boolean) =>
      client.send(new UpdateTaskProtectionCommand({ ...lastcall, tasks: [third], protectionEnabled }));
    const { protectedTasks } = await protect(true);
    expect(protectedTasks).toMatchObject([{ taskArn: third, protectionEnabled: true }]);
    const inMinutes = (Number(protectedTasks?.[0]?.expirationDate) - Date.now()) / 60_000;
    expect(Math.round(inMinutes)).toBe(120);
    await client.send(new UpdateServiceCommand({ ...lastcall, service: 'batch-server', desiredCount: 1 }));
    expect(await listTasks(trial)).toEqual([third]);
    await Promise.all([first, second].map((taskArn) => untilStatus(trial, 'STOPPED', taskArn)));
    await client.send(new UpdateServiceCommand({ ...lastcall, service: 'batch-server', desiredCount: 0 }));
    expect(await listTasks(trial)).toEqual([third]);
    await protect(false);
    await untilStatus(trial, 'STOPPED', third);
    const after = await client.send(new GetTaskProtectionCommand({ ...lastcall, tasks: [third] }));
    expect(after.failures).toMatchObject([{ arn: third, reason: 'TASK_NOT_VALID' }]);
  });
});
