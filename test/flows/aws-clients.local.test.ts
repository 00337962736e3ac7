/** AWS's own clients work at the local ports: they read what runs, and stop it. */

import { join } from 'node:path';
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  ABORT_LIMIT_MS,
  abortJob,
  activeServers,
  onlyTask,
  runCancelled,
  runTask,
  type ServerAbort,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { ecsOf, scaleTo, sfnOf } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { readServers, type Task, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const SERVICE = { cluster: 'lastcall', service: 'batch-server' };

const ARGS = ['--servers', '1', '--slots', '3', '--heartbeat-seconds', '1', '--drain-seconds', '60'];
const directory = makeDirectory('aws-clients');

let system: System;
let sfn: SFNClient;
let ecs: ECSClient;
beforeAll(async () => {
  system = await startSystem({ args: [...ARGS, '--handlers', WITNESS] });
  [sfn, ecs] = [sfnOf(system), ecsOf(system)];
  await switchFeature(system, true);
});
beforeEach(async () => {
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: ABORT_LIMIT_MS });
});
afterAll(async () => {
  for (const client of [sfn, ecs]) client.destroy();
  await system.stop();
});

async function machineArn(name: string): Promise<string> {
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
  return stateMachines.find((machine) => machine.name === name)?.stateMachineArn ?? '';
}

/** An abort that drains, with a bystander that keeps it doing so until the file is released. */
async function draining(file: string): Promise<{ stuck: Task; bystander: Task; abort: ServerAbort }> {
  const bystander = await runTask(system, { handler: 'witness', input: { file, kind: 'held' } });
  const stuck = await runCancelled(system);
  return { stuck, bystander, abort: await abortJob(system, stuck.jobId) };
}

describe('Step Functions', () => {
  test('lists the workflows, with definitions that have a 60 s drain and the heartbeat of this system', async () => {
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines.map(({ name }) => name)).toEqual(['abort-job', 'cancel-job', 'requeue-job', 'submit-job']);
    const stateMachineArn = await machineArn('abort-job');
    const { definition = '', status } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(status).toBe('ACTIVE');
    expect(JSON.parse(definition)).toMatchObject({
      States: {
        RestartServers: {
          ItemProcessor: {
            States: {
              DrainServer: {
                TimeoutSeconds: expect.stringContaining('$min([60, '),
                HeartbeatSeconds: expect.stringContaining('$min([3, '),
              },
            },
          },
        },
      },
    });
  });

  test('shows the execution of an abort while it drains and when it has ended, with its history', async () => {
    const file = join(directory, 'history');
    const { abort, stuck } = await draining(file);
    const { abortId, executionArn, drainDeadline } = abort;
    const stateMachineArn = await machineArn('abort-job');
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
    expect(executions).toMatchObject([{ executionArn, name: abort.abortId }]);
    const input = JSON.stringify({ abortId, serverIds: [stuck.serverId], drainDeadline });
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'RUNNING', input });
    release(file);
    await untilEnded(system, abort.abortId);
    const ended = await eventually(async () => {
      const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return found.status === 'SUCCEEDED' && found;
    });
    expect(JSON.parse(ended.output ?? '')).toEqual({ status: 'Completed' });
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    const states = events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    // A busy machine may miss heartbeats of a live server: then it drains on, in DrainServer again.
    expect([...new Set(states)]).toEqual([
      'RestartServers',
      'DrainServer',
      'StopServer',
      'SettleServer',
      'CompleteAbort',
      'Completed',
    ]);
    const { events: last } = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );
    expect(last).toMatchObject([{ type: 'ExecutionSucceeded', id: events.length }]);
  });

  test('stops an execution; its abort then ends as failed, and the server goes back to work', async () => {
    const file = join(directory, 'stopped');
    const { abort, bystander, stuck } = await draining(file);
    const { executionArn } = abort;
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Operator', cause: 'by hand' }));
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'ABORTED' });
    const ended = await untilEnded(system, abort.abortId);
    expect(ended).toMatchObject({
      status: 'Failed',
      failure: { step: 'RestartServers', reason: expect.stringContaining('ABORTED') },
    });
    expect(await activeServers(system)).toEqual([stuck.serverId]);
    release(file);
    await untilFinal(system, bystander.jobId, 40_000);
    expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
    expect((await untilEnded(system, (await abortJob(system, stuck.jobId)).abortId)).status).toBe('Completed');
  });
});

describe('ECS', () => {
  test('lists and describes the container of each server, and the service', async () => {
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ cluster: 'lastcall', serviceName: 'batch-server' }),
    );
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: 'lastcall', tasks: taskArns }));
    const [serverId] = await activeServers(system);
    expect(tasks).toMatchObject([{ lastStatus: 'RUNNING', desiredStatus: 'RUNNING', group: 'service:batch-server' }]);
    expect(tasks[0]?.taskArn?.endsWith(`/${serverId}`)).toBe(true);
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'lastcall', services: ['batch-server'] }),
    );
    expect(services).toMatchObject([{ status: 'ACTIVE', desiredCount: 1, runningCount: 1, pendingCount: 0 }]);
  });

  test('stops a container: its server hands back its tasks, and a new server replaces it', async () => {
    const task = await runTask(system, { handler: 'sleep', input: { seconds: 2 }, restartable: true });
    await ecs.send(new StopTaskCommand({ cluster: 'lastcall', task: task.serverId, reason: 'by hand' }));
    const stopped = await eventually(
      async () =>
        (await readServers(system)).find(({ serverId, status }) => serverId === task.serverId && status === 'Stopped'),
      { limitMs: 30_000 },
    );
    expect(stopped).toMatchObject({ exitCode: 0 });
    await untilFinal(system, task.jobId, 30_000);
    const { tasks = [] } = await ecs.send(
      new DescribeTasksCommand({ cluster: 'lastcall', tasks: [task.serverId ?? ''] }),
    );
    expect(tasks).toMatchObject([{ lastStatus: 'STOPPED', stoppedReason: 'by hand', containers: [{ exitCode: 0 }] }]);
  });

  test('runs as many servers as the desired count says, up and down again', async () => {
    await scaleTo(system, 3);
    await ecs.send(new UpdateServiceCommand({ ...SERVICE, desiredCount: 1 }));
    await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 30_000 });
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'lastcall', services: ['batch-server'] }),
    );
    expect(services).toMatchObject([{ desiredCount: 1, runningCount: 1 }]);
  });
});
