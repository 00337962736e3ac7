import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  ListExecutionsCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from '@jest/globals';
import {
  awaiting,
  CALLBACK,
  clientOf,
  definitionOf,
  invoking,
  type Lambda,
  Trial,
  withDirectory,
  within,
} from '#test/support/local/stepfunctions-trial';

const STATE_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:trial';
const children: ChildProcess[] = [];
let trial: Trial | undefined;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Trial.closeAll();
});

function call(functionName: string, payload: unknown, rest: object): object {
  return { ...invoking({}), Arguments: { FunctionName: functionName, Payload: payload }, End: undefined, ...rest };
}

type Line = { url?: string; functionName?: string; payload?: unknown };

/** Runs the service and an execution in its own process, and kills it when it has printed enough lines. */
async function programLines(
  directory: string,
  definition: object,
  enough: (lines: Line[], url: string) => boolean | Promise<boolean>,
) {
  const script = join(import.meta.dirname, '..', 'support', 'local', 'stepfunctions-program.ts');
  const child = spawn(process.execPath, [script, directory, JSON.stringify(definition)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: Line[] = [];
  const done = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line));
      const url = lines.find((each) => each.url)?.url;
      if (lines.length === 1 && url !== undefined) await startExecution(url);
      if (url !== undefined && (await enough(lines, url))) return;
    }
  })();
  await within(done, 'the lines of the program');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return lines.filter((line) => line.functionName !== undefined);
}

/** Sends requests to the service until the journal shows the line. */
async function recorded(url: string, shows: () => boolean): Promise<boolean> {
  const sfn = clientOf(url);
  while (!shows()) await sfn.send(new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE }));
  sfn.destroy();
  return true;
}

async function startExecution(url: string): Promise<void> {
  const sfn = clientOf(url);
  await sfn.send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE, name: 'one', input: '{"a":1}' }));
  sfn.destroy();
}

const EXECUTION = `${STATE_MACHINE.replace('stateMachine', 'execution')}:one`;

/** Resumes in this process, on the machine's clock. */
async function goOn(
  journalDirectory: string,
  lambda: Lambda,
  definition: object = definitionOf({ A: { Type: 'Pass', End: true } }),
) {
  trial = await Trial.start({ journalDirectory, lambda, definition, realTime: true });
  return trial;
}

test('killed in a Lambda, an execution resumes: completed states do not run again, the Lambda does, with the same payload', async () => {
  await withDirectory(async (directory) => {
    const states = {
      First: call('quick', '{% $states.input.a %}', {
        Next: 'Second',
        Assign: { id: '{% $random() %}' },
        Output: { b: '{% $states.result.Payload %}' },
      }),
      Second: call(
        'stuck',
        { b: '{% $states.input.b %}', random: '{% $random() %}', id: '{% $id %}' },
        { Next: 'Third' },
      ),
      Third: { Type: 'Succeed', Output: '{% $states.input.Payload %}' },
    };
    const before = await programLines(directory, definitionOf(states), (lines) =>
      lines.some(({ functionName }) => functionName === 'stuck'),
    );
    const calls: unknown[] = [];
    // The state machine has changed meanwhile; the execution keeps the definition it started with.
    const service = await goOn(directory, (payload, functionName) => {
      calls.push({ functionName, payload });
      return 'done';
    });
    expect((await service.ended(EXECUTION)).value).toBe('done');
    expect(calls).toEqual(before.slice(1));
    expect(await service.types(EXECUTION)).toEqual([
      'ExecutionStarted',
      ...['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'],
      ...['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'],
      ...['SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded'],
    ]);
    const ids = (await service.history(EXECUTION)).map(({ id, previousEventId }) => [id, previousEventId]);
    expect(ids).toEqual(ids.map((_, index) => [index + 1, index === 1 ? 0 : index]));
  });
});

test('killed while it waits for a callback, it keeps the token and does not invoke the Lambda again', async () => {
  await withDirectory(async (directory) => {
    const before = await programLines(
      directory,
      definitionOf({ Ask: awaiting({ HeartbeatSeconds: 5, TimeoutSeconds: 60 }) }),
      (lines, url) => lines.length > 1 && recorded(url, () => readJournal(directory).includes('TaskSubmitted')),
    );
    const taskToken = Object(before[0]?.payload).token;
    let calls = 0;
    const service = await goOn(directory, () => {
      calls += 1;
    });
    await service.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
    await service.sfn.send(new SendTaskSuccessCommand({ taskToken, output: '"back"' }));
    expect((await service.ended(EXECUTION)).value).toBe('back');
    expect(calls).toBe(0);
  });
});

test('killed while the Lambda of a callback runs, it invokes the Lambda again with the same token', async () => {
  await withDirectory(async (directory) => {
    const Ask = {
      ...awaiting(),
      Arguments: { FunctionName: 'stuck', Payload: '{% $states.context.Task.Token %}' },
      Resource: CALLBACK,
    };
    const before = await programLines(directory, definitionOf({ Ask }), (lines) => lines.length > 1);
    const again = Promise.withResolvers<unknown>();
    const service = await goOn(directory, (payload) => again.resolve(payload));
    const taskToken = String(await within(again.promise, 'the second invocation'));
    expect(taskToken).toBe(before[0]?.payload);
    await service.sfn.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    expect((await service.ended(EXECUTION)).value).toBe(1);
  });
});

test('killed inside a Map, it does not run ended iterations again', async () => {
  await withDirectory(async (directory) => {
    const Work = call('{% $states.input = 2 ? "stuck" : "quick" %}', '{% $states.input %}', {
      End: true,
      Output: '{% $states.result.Payload %}',
    });
    const ItemProcessor = { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Work', States: { Work } };
    const Each = { Type: 'Map', Items: [1, 2, 3, 4], ItemProcessor, End: true };
    await programLines(
      directory,
      definitionOf({ Each }),
      (lines, url) => lines.length === 5 && recorded(url, () => succeeded(directory) === 3),
    );
    const calls: unknown[] = [];
    const service = await goOn(directory, (payload) => {
      calls.push(payload);
      return payload;
    });
    expect((await service.ended(EXECUTION)).value).toEqual([1, 2, 3, 4]);
    expect(calls).toEqual([2]);
    const types = await service.types(EXECUTION);
    expect(types.filter((type) => type === 'MapIterationSucceeded')).toHaveLength(4);
    expect(types.filter((type) => type === 'MapStateStarted')).toHaveLength(1);
  });
});

function readJournal(directory: string): string {
  return readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), 'utf8'))
    .join('');
}

function succeeded(directory: string): number {
  return readJournal(directory).split('"type":"MapIterationSucceeded"').length - 1;
}
