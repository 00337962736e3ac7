import { spawn, spawnSync } from 'node:child_process';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from '@jest/globals';
import { startStepFunctions } from '#local/aws/stepfunctions/stepfunctions';
import { awaiting, clientOf, definitionOf, Trial } from '#test/support/local/stepfunctions-trial';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

async function start(states: Record<string, object> = { A: { Type: 'Pass', End: true } }): Promise<Trial> {
  trial = await Trial.start({ states });
  return trial;
}
const waiting = { A: awaiting({ TimeoutSeconds: 60 }) };

test('state machines are listed by name, page by page, and described', async () => {
  const definition = JSON.stringify(definitionOf({ A: { Type: 'Pass', End: true } }));
  const stateMachines = ['b', 'c', 'a'].map((name) => ({ name, definition }));
  const service = await startStepFunctions({ port: 0, stateMachines, invoke: async () => null, log: () => undefined });
  const sfn = clientOf(service.url);
  try {
    const first = await sfn.send(new ListStateMachinesCommand({ maxResults: 2 }));
    expect(first.stateMachines?.map(({ name }) => name)).toEqual(['a', 'b']);
    const second = await sfn.send(new ListStateMachinesCommand({ maxResults: 2, nextToken: first.nextToken }));
    expect(second).toMatchObject({ stateMachines: [{ name: 'c', type: 'STANDARD' }] });
    expect(second.nextToken).toBeUndefined();
    const stateMachineArn = first.stateMachines?.[0]?.stateMachineArn;
    expect(stateMachineArn).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:a');
    const described = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ name: 'a', definition, status: 'ACTIVE', creationDate: expect.any(Date) });
  } finally {
    sfn.destroy();
    await service.close();
  }
});

test('a name is used once; the same start again returns the running execution', async () => {
  const service = await start(waiting);
  const first = await service.run({ a: 1 }, 'one');
  expect(first).toBe('arn:aws:states:us-east-1:000000000000:execution:trial:one');
  expect(await service.run({ a: 1 }, 'one')).toBe(first);
  await expect(service.run({ a: 2 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  await service.sfn.send(new StopExecutionCommand({ executionArn: first }));
  await expect(service.run({ a: 1 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  expect(await service.run()).not.toBe(await service.run());
});

test('wrong starts are refused', async () => {
  const { arn, sfn } = await start();
  const begin = (rest: object) => sfn.send(new StartExecutionCommand({ stateMachineArn: arn, ...rest }));
  await expect(begin({ input: '{' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  await expect(begin({ input: '' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  await expect(begin({ input: `"${'é'.repeat(131_072)}"` })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(begin({ name: 'a b' })).rejects.toMatchObject({ name: 'InvalidName' });
  await expect(begin({ name: 'x'.repeat(81) })).rejects.toMatchObject({ name: 'InvalidName' });
  await expect(begin({ stateMachineArn: `${arn}2` })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  await expect(begin({ stateMachineArn: 'trial' })).rejects.toMatchObject({ name: 'InvalidArn' });
  await expect(begin({ traceHeader: 'x' })).rejects.toMatchObject({ name: 'ValidationException' });
  expect((await sfn.send(new ListExecutionsCommand({ stateMachineArn: arn }))).executions).toEqual([]);
});

test('executions are listed newest first, in pages, by status, and while others start', async () => {
  const service = await start(waiting);
  for (const name of ['1', '2', '3']) await service.run({}, name);
  const list = async (rest: object) => {
    const page = await service.sfn.send(new ListExecutionsCommand({ stateMachineArn: service.arn, ...rest }));
    return { names: page.executions?.map(({ name }) => name), nextToken: page.nextToken };
  };
  const first = await list({ maxResults: 2 });
  expect(first.names).toEqual(['3', '2']);
  await service.run({}, '4');
  expect(await list({ maxResults: 2, nextToken: first.nextToken })).toEqual({ names: ['1'] });
  await service.sfn.send(
    new StopExecutionCommand({ executionArn: `${service.arn.replace('stateMachine', 'execution')}:2` }),
  );
  expect((await list({ statusFilter: 'RUNNING' })).names).toEqual(['4', '3', '1']);
  expect((await list({ statusFilter: 'ABORTED' })).names).toEqual(['2']);
  await expect(list({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidToken' });
  await expect(list({ maxResults: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('an execution is described, and stopping it twice changes nothing', async () => {
  const service = await start(waiting);
  const executionArn = await service.run({ a: 1 }, 'one');
  const describe = () => service.sfn.send(new DescribeExecutionCommand({ executionArn }));
  const startDate = new Date(service.clock.now());
  expect(await describe()).toMatchObject({
    name: 'one',
    status: 'RUNNING',
    input: '{"a":1}',
    startDate,
    stateMachineArn: service.arn,
  });
  expect((await describe()).stopDate).toBeUndefined();
  await service.clock.armed(60_000);
  service.clock.turn(1_500);
  const stop = () => service.sfn.send(new StopExecutionCommand({ executionArn }));
  const { stopDate } = await stop();
  expect(stopDate?.getTime()).toBe(startDate.getTime() + 1_500);
  service.clock.turn(1_000);
  expect((await stop()).stopDate).toEqual(stopDate);
  expect(await describe()).toMatchObject({ status: 'ABORTED', stopDate });
  const unknown = new DescribeExecutionCommand({ executionArn: `${executionArn}2` });
  await expect(service.sfn.send(unknown)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
});

test('the history is returned in order, in reverse, and in pages', async () => {
  const service = await start({
    A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
    B: { Type: 'Succeed', Output: '{% $x %}' },
  });
  const executionArn = await service.run({ a: 1 });
  await service.ended(executionArn);
  const page = (rest: object) => service.sfn.send(new GetExecutionHistoryCommand({ executionArn, ...rest }));
  const { events = [] } = await page({});
  expect(events.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
    [1, 0, 'ExecutionStarted'],
    [2, 0, 'PassStateEntered'],
    [3, 2, 'PassStateExited'],
    [4, 3, 'SucceedStateEntered'],
    [5, 4, 'SucceedStateExited'],
    [6, 5, 'ExecutionSucceeded'],
  ]);
  expect(events[0]).toMatchObject({
    timestamp: new Date(service.clock.now()),
    executionStartedEventDetails: { input: '{"a":1}' },
  });
  expect(events[1]?.stateEnteredEventDetails).toMatchObject({ name: 'A', input: '{"a":1}' });
  expect(events[2]?.stateExitedEventDetails).toMatchObject({
    name: 'A',
    output: '{"a":1}',
    assignedVariables: { x: '1' },
  });
  expect(events[5]?.executionSucceededEventDetails).toMatchObject({ output: '1' });
  const backwards = await page({ reverseOrder: true, maxResults: 4 });
  expect(backwards.events?.map(({ id }) => id)).toEqual([6, 5, 4, 3]);
  const rest = await page({ reverseOrder: true, maxResults: 4, nextToken: backwards.nextToken });
  expect(rest.events?.map(({ id }) => id)).toEqual([2, 1]);
});

test('unknown operations and requests are refused', async () => {
  const { sfn, url } = await start();
  const create = new CreateStateMachineCommand({ name: 'x', definition: '{}', roleArn: 'x' });
  await expect(sfn.send(create)).rejects.toMatchObject({ name: 'UnknownOperationException' });
  const plain = await fetch(url);
  expect([plain.status, await plain.json()]).toMatchObject([
    400,
    { __type: expect.stringContaining('#UnknownOperationException') },
  ]);
  const headers = { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' };
  const broken = await fetch(url, { method: 'POST', headers, body: '{' });
  expect(await broken.json()).toMatchObject({ __type: expect.stringContaining('#SerializationException') });
  const large = await fetch(url, { method: 'POST', headers, body: ' '.repeat(3_000_000) });
  expect(large.status).toBe(400);
});

test('the command line of AWS understands the replies, if it is installed', async () => {
  const service = await start(waiting);
  const executionArn = await service.run({}, 'one');
  const environment = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  const aws = async (...given: string[]) => {
    const child = spawn('aws', ['stepfunctions', ...given, '--endpoint-url', service.url, '--output', 'json'], {
      env: environment,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) throw new Error(output);
    return JSON.parse(output);
  };
  if (spawnSync('aws', ['--version'], { env: environment }).status !== 0) return;
  const [executions, history] = await Promise.all([
    aws('list-executions', '--state-machine-arn', service.arn),
    aws('get-execution-history', '--execution-arn', executionArn),
  ]);
  expect(executions.executions).toMatchObject([{ name: 'one', status: 'RUNNING' }]);
  expect(history.events[0]).toMatchObject({ id: 1, type: 'ExecutionStarted' });
  expect(await aws('stop-execution', '--execution-arn', executionArn)).toHaveProperty('stopDate');
});
