/** Functions and servers find all variables that they read on AWS: they run here with exactly those of the stacks. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { MEASURES } from '#domain/measures';
import { CATALOG } from '#functions/catalog/catalog';
import { agentEnvironment } from '#local/aws/ecs/agent';
import { containerEnvironment, functionEnvironment } from '#local/environment';
import { synthesisOf } from '#test/support/cdk/apps';
import { bundlesOf } from '#test/support/cdk/bundles';
import { layImage } from '#test/support/cdk/image';
import { bareEnvironment, REPOSITORY, run } from '#test/support/cdk/synthesis';
import { readTasks, submitJob, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { endTrials, startTrial } from '#test/support/local/ecs-trial';

const LIMIT_MS = 150_000;
const PATIENCE = { limitMs: 60_000 };
const HANDLERS = '/app/handlers/handlers.ts';
const HEARTBEAT_SECONDS = 10;
const root = mkdtempSync(join(tmpdir(), 'image-'));

const lastcall = { handlersFile: HANDLERS, heartbeatSeconds: HEARTBEAT_SECONDS, slots: 2, desiredServers: 1 };
const synthesis = synthesisOf({ context: { lastcall } });

let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '0', '--heartbeat-seconds', String(HEARTBEAT_SECONDS)] });
}, LIMIT_MS);
afterAll(async () => {
  await endTrials();
  await system.stop();
  rmSync(root, { recursive: true, force: true });
});

const variablesSchema = z.record(z.string(), z.string());
const definitionSchema = z.object({
  ContainerDefinitions: z.tuple([
    z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.string() })), StopTimeout: z.number() }),
  ]),
});

/** The code of a room, without its comments. */
function codeOf(room: string): string {
  const files = readdirSync(join(REPOSITORY, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(REPOSITORY, room, file), 'utf8'));
  return files.join('\n').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}

function functionVariables(name: string): Record<string, string> {
  const found = synthesis
    .resources('AWS::Lambda::Function')
    .find(({ properties }) => properties.FunctionName === `lastcall-${name}`);
  return variablesSchema.parse(z.object({ Variables: z.unknown() }).parse(found?.properties.Environment).Variables);
}

function containerOf() {
  const [definition] = synthesis.resources('AWS::ECS::TaskDefinition');
  const [{ Environment, StopTimeout }] = definitionSchema.parse(definition?.properties).ContainerDefinitions;
  return { variables: Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value])), StopTimeout };
}

/** The variables that AWS itself sets for the SDK, with the endpoints of this machine. */
const awsVariables = () => ({
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${system.port + 1}`,
  AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${system.port + 2}`,
  AWS_ENDPOINT_URL_ECS: `http://127.0.0.1:${system.port + 3}`,
});

describe('every variable that code reads', () => {
  /** The server itself sets these for the program of a command. */
  const OWN = ['LASTCALL_JOB_ID', 'LASTCALL_TASK_ID', 'LASTCALL_ATTEMPT'];
  const readIn = (rooms: readonly string[]) => {
    const text = rooms.map(codeOf).join('\n');
    const keys = [
      ...text.matchAll(/^\s*((?:LASTCALL|ECS)_[A-Z0-9_]+): z\b/gm),
      ...text.matchAll(/process\.env\.(\w+)/g),
    ];
    return [...new Set(keys.map(([, name = '']) => name))].filter((name) => !OWN.includes(name)).sort();
  };
  const options = {
    port: 1,
    servers: 1,
    wakeServers: 0,
    slots: 1,
    reservedSlots: 0,
    batchGroups: '*',
    historyDays: 1,
    drainSeconds: 1,
    heartbeatSeconds: 1,
    handlers: 'handlers.ts',
    demo: false,
    likeAws: false,
  };
  const local = functionEnvironment(options, undefined);
  const agent = agentEnvironment('http://127.0.0.1:1', 'id');

  test('of a function is set by the stack and by the local host', () => {
    const read = readIn(['domain', 'store', 'engine', 'functions']);
    expect(read).toEqual(
      expect.arrayContaining(['LASTCALL_TABLE_PREFIX', 'LASTCALL_CLUSTER', 'LASTCALL_HISTORY_DAYS']),
    );
    for (const { name } of CATALOG) expect(Object.keys(functionVariables(name))).toEqual(expect.arrayContaining(read));
    expect(Object.keys(local)).toEqual(expect.arrayContaining(read));
  });

  test('of a server is set by the stack, by the local host or by the agent of ECS', () => {
    const read = readIn(['domain', 'store', 'server']);
    expect(read).toEqual(expect.arrayContaining(['LASTCALL_SLOTS', 'LASTCALL_HANDLERS', 'ECS_AGENT_URI']));
    expect(Object.keys({ ...containerOf().variables, ...agent })).toEqual(expect.arrayContaining(read));
    expect(Object.keys({ ...containerEnvironment(options, local, 'scratch'), ...agent })).toEqual(
      expect.arrayContaining(read),
    );
  });

  test('and no other variable of ours is set by the stacks', () => {
    const ours = (variables: object) =>
      Object.keys(variables)
        .filter((name) => name.startsWith('LASTCALL_'))
        .sort();
    const named = readIn(['domain', 'store', 'engine', 'functions']).filter((name) => name.startsWith('LASTCALL_'));
    expect(ours(functionVariables('reap'))).toEqual(named);
    expect(ours(containerOf().variables)).toEqual(
      readIn(['domain', 'store', 'server']).filter((name) => !(name in agent)),
    );
  });
});

describe('the bundles', () => {
  /** Runs as Lambda does: imports the module with the function's variables and calls its handler. */
  const inLambda = (program: string) =>
    run(
      [process.execPath, '--input-type=module', '--eval', program],
      { ...bareEnvironment(root), ...awsVariables(), ...functionVariables('reap') },
      bundlesOf(synthesis),
    );

  test('each have their handler, and need no other file', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'bundles-'));
    try {
      await cp(bundlesOf(synthesis), alone, { recursive: true });
      const program = `for (const name of ${JSON.stringify(CATALOG.map(({ name }) => name))}) {
        const { handler } = await import('${alone}/' + name + '.mjs');
        console.log(name, typeof handler);
      }`;
      const output = await inLambda(program);
      expect(output.trim().split('\n')).toEqual(CATALOG.map(({ name }) => `${name} function`));
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });

  test('that of the reaper runs with the variables of the stack, and measures waiting tasks', async () => {
    const { jobId } = await submitJob(system, { tasks: Array.from({ length: 3 }, () => ({ handler: 'echo' })) });
    const output = await inLambda(
      `const { handler } = await import('./reap.mjs'); await handler({}, { getRemainingTimeInMillis: () => 60_000 });`,
    );
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        ReadyTasks: 3,
        OldestCancellingSeconds: 0,
        service: 'lastcall',
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Lastcall',
              Dimensions: [['service']],
              Metrics: [
                { Name: 'ReadyTasks', Unit: 'Count' },
                { Name: 'OldestCancellingSeconds', Unit: 'Seconds' },
              ],
            },
          ],
        },
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ LiveServers: 0 }));
    await system.call('POST', `/jobs/${jobId}/cancel`, { body: {} });
  });

  test('measure all that alarms and scaling watch', () => {
    const code = ['engine', 'functions'].map(codeOf).join('\n');
    const published = Object.keys(MEASURES).filter((name) => new RegExp(`\\b${name}:`).test(code));
    const watched = synthesis
      .resources('AWS::CloudWatch::Alarm')
      .filter(({ properties }) => properties.Namespace === 'Lastcall')
      .map(({ properties }) => properties.MetricName);
    expect(watched.length).toBeGreaterThan(3);
    expect(published).toEqual(expect.arrayContaining(watched));
  });
});

test(
  "the server runs in the image's layout with exactly the variables of the stack, and stops within its time",
  async () => {
    const image = layImage(synthesis, root);
    await cp(join(REPOSITORY, 'examples', 'handlers.ts'), image.path(HANDLERS));
    const { variables, StopTimeout } = containerOf();
    expect(variables.LASTCALL_STOP_TIMEOUT_SECONDS).toBe(String(StopTimeout));
    const trial = await startTrial('', {
      command: image.command,
      environment: {
        ...image.environment,
        ...variables,
        LASTCALL_HANDLERS: image.path(variables.LASTCALL_HANDLERS ?? ''),
        ...awsVariables(),
      },
      stopTimeoutSeconds: StopTimeout,
    });
    const { jobId } = await submitJob(system, {
      tasks: [
        { taskId: 'a-thread', handler: 'echo', input: 'hi' },
        { taskId: 'b-thread-of-ours', handler: 'report.print', input: { pages: 2 } },
        { taskId: 'c-process', handler: 'report.compress', input: { text: 'x' } },
        { taskId: 'd-command', handler: 'report.measure', input: {} },
        { taskId: 'e-retried', handler: 'fail', input: { times: 1 }, maxRetries: 1 },
      ],
    });
    const job = await untilFinal(system, jobId, PATIENCE.limitMs);
    const tasks = await readTasks(system, jobId);
    expect([job.status, ...tasks.map(({ taskId, status }) => `${taskId} ${status}`)]).toEqual([
      'Finished',
      'a-thread Finished',
      'b-thread-of-ours Finished',
      'c-process Finished',
      'd-command Finished',
      'e-retried Finished',
    ]);
    await trial.ecs.close();
    const stopped = await eventually(
      () => trial.events.items.find(({ detail }) => detail.lastStatus === 'STOPPED'),
      PATIENCE,
    );
    expect(stopped.detail.containers[0]?.exitCode).toBe(0);
  },
  LIMIT_MS,
);
