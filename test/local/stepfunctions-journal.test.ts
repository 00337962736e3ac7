import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeExecutionCommand, ListExecutionsCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from '@jest/globals';
import { awaiting, invoking, type Lambda, Trial, withDirectory } from '#test/support/local/stepfunctions-trial';

const STATE_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:trial';
const EXECUTION = `${STATE_MACHINE.replace('stateMachine', 'execution')}:one`;
let trial: Trial | undefined;

afterEach(() => Trial.closeAll());

/** Two services after each other in this process, 20 seconds apart. */
async function twoLives(
  states: Record<string, object>,
  { first, second }: { first: (life: Trial) => Promise<void>; second: (life: Trial) => Promise<void> },
) {
  await withDirectory(async (journalDirectory) => {
    const lambda = () => 'returned';
    const before = await Trial.start({ states, journalDirectory, lambda });
    await before.run({}, 'one');
    await first(before);
    await before.close();
    before.clock.turn(20_000);
    trial = await Trial.start({ states, journalDirectory, lambda, clock: before.clock });
    await second(trial);
  });
}

const submittedIn = async (life: Trial) => {
  while (!(await life.types(EXECUTION)).includes('TaskSubmitted'));
};

test('a time-out counts the time without a process; the heartbeat interval starts again', async () => {
  const states = { Ask: awaiting({ TimeoutSeconds: 100, HeartbeatSeconds: 30 }) };
  await twoLives(states, {
    first: submittedIn,
    second: async (life) => {
      expect(life.clock.delays.toSorted()).toEqual([30_000, 80_000]);
      life.clock.turn(29_999);
      expect((await life.types(EXECUTION)).at(-1)).toBe('TaskSubmitted');
      life.clock.turn(1);
      expect((await life.ended(EXECUTION)).error).toBe('States.HeartbeatTimeout');
    },
  });
});

test('the rest of a time-out and of a back-off counts from its start', async () => {
  await withDirectory(async (journalDirectory) => {
    const lambda: Lambda = (_, name) => (name === 'ask' ? null : Promise.reject(new Error('down')));
    const Failing = invoking({}, { End: true, Retry: [{ ErrorEquals: ['Error'], IntervalSeconds: 70 }] });
    const branch = {
      Choose: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 0 %}', Next: 'Ask' }], Default: 'Failing' },
    };
    const States = { ...branch, Ask: awaiting({ TimeoutSeconds: 50 }), Failing };
    const Each = { Type: 'Map', Items: [0, 1], ItemProcessor: { StartAt: 'Choose', States }, End: true };
    const Catch = [{ ErrorEquals: ['States.Timeout'], Next: 'Each' }];
    const states = { Late: awaiting({ TimeoutSeconds: 10, End: undefined, Next: 'Each', Catch }), Each };
    const before = await Trial.start({ states, journalDirectory, lambda });
    await before.run({}, 'one');
    await before.clock.armed(10_000);
    before.clock.turn(10_000);
    await before.clock.armed(50_000);
    await before.clock.armed(70_000);
    await before.close();
    before.clock.turn(5_000);
    trial = await Trial.start({ states, journalDirectory, lambda, clock: before.clock });
    expect(trial.clock.delays.toSorted()).toEqual([45_000, 65_000]);
    trial.clock.turn(45_000);
    expect(await trial.ended(EXECUTION)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});

test('a token is known when the service listens again, and an expired time-out ends at once', async () => {
  await withDirectory(async (journalDirectory) => {
    const states = { Ask: awaiting({ TimeoutSeconds: 1 }) };
    const before = await Trial.start({ states, journalDirectory });
    await before.run({}, 'one');
    await submittedIn(before);
    await before.close();
    // The trial's clock starts in 2030, later than the machine's clock, so the journal is moved to the past.
    moveToThePast(journalDirectory, before.clock.now());
    trial = await Trial.start({ states, journalDirectory, realTime: true });
    expect(await trial.ended(EXECUTION)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});

function moveToThePast(directory: string, now: number): void {
  for (const file of readdirSync(directory)) {
    const path = join(directory, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(String(now), String(Date.parse('2020-01-01T00:00:00Z'))));
  }
}

test('ended executions stay listed with their history, and do not run again', async () => {
  const states = { A: { Type: 'Pass', Output: 'x', End: true } };
  let stopped: unknown;
  await twoLives(states, {
    first: async (life) => {
      stopped = { ...(await life.ended(EXECUTION)), $metadata: expect.anything() };
    },
    second: async (life) => {
      expect(await life.ended(EXECUTION)).toEqual(stopped);
      expect(await life.types(EXECUTION)).toHaveLength(4);
      await expect(life.run({}, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    },
  });
});

test('a torn last line is cut off and logged; the execution continues after the line before', async () => {
  await withDirectory(async (journalDirectory) => {
    const states = { A: awaiting({ TimeoutSeconds: 60 }) };
    const before = await Trial.start({ states, journalDirectory });
    await before.run({}, 'one');
    await before.clock.armed(60_000);
    await before.close();
    const [file = ''] = readdirSync(journalDirectory);
    appendFileSync(join(journalDirectory, file), '{"key":"1:left","va');
    writeFileSync(join(journalDirectory, 'x.jsonl'), '{"stateMach');
    trial = await Trial.start({ states, journalDirectory });
    expect(trial.log).toHaveLength(2);
    await trial.clock.armed(60_000);
    trial.clock.turn(60_000);
    expect((await trial.ended(EXECUTION)).error).toBe('States.Timeout');
    const third = await Trial.start({ states, journalDirectory });
    const found = await third.sfn.send(new DescribeExecutionCommand({ executionArn: EXECUTION }));
    expect(found.error).toBe('States.Timeout');
    await third.close();
    expect(readdirSync(journalDirectory)).toEqual([file]);
  });
});

test('the newest 1,000 ended executions are kept, and the journals of older ones are deleted', async () => {
  await withDirectory(async (journalDirectory) => {
    const header = { stateMachine: 'trial', input: '{}', definition: '{}' };
    const ended = { key: 'ended', value: { status: 'SUCCEEDED', output: '1', stoppedAt: 1 } };
    for (let number = 0; number < 1_002; number += 1) {
      const lines = [{ ...header, name: `n${number}`, startedAt: number }, ended];
      const file = `${String(number).padStart(15, '0')}-x.jsonl`;
      writeFileSync(join(journalDirectory, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }
    trial = await Trial.start({ states: { A: { Type: 'Pass', End: true } }, journalDirectory });
    await trial.ended(await trial.run({}, 'newest'));
    const page = await trial.sfn.send(new ListExecutionsCommand({ stateMachineArn: STATE_MACHINE, maxResults: 1000 }));
    const names = page.executions?.map(({ name }) => name) ?? [];
    expect([names.length, names[0], names.at(-1)]).toEqual([1_000, 'newest', 'n3']);
    expect(readdirSync(journalDirectory)).toHaveLength(1_000);
  });
});

test('the token of a later attempt, after many states, is known when the service listens again', async () => {
  await withDirectory(async (journalDirectory) => {
    const tokens: string[] = [];
    const lambda = (payload: unknown) => {
      tokens.push(Object(payload).token);
      if (tokens.length === 1) throw new Error('at first');
    };
    const steps = Array.from({ length: 100 }, (_, number) => [
      `S${number}`,
      { Type: 'Pass', Assign: { [`v${number}`]: '{% $count([1..9]) %}' }, Next: `S${number + 1}` },
    ]);
    const Ask = awaiting({ Retry: [{ ErrorEquals: ['Error'], IntervalSeconds: 9 }] });
    const ItemProcessor = { StartAt: 'Ask', States: { Ask } };
    const states = { ...Object.fromEntries(steps), S100: { Type: 'Map', Items: [1], ItemProcessor, End: true } };
    const before = await Trial.start({ states, journalDirectory, lambda });
    await before.run({}, 'one');
    await before.clock.armed(9_000);
    before.clock.turn(9_000);
    await submittedIn(before);
    await before.close();
    trial = await Trial.start({ states, journalDirectory, lambda });
    await trial.sfn.send(new SendTaskSuccessCommand({ taskToken: tokens[1], output: '1' }));
    expect((await trial.ended(EXECUTION)).value).toEqual([1]);
    expect(tokens).toHaveLength(2);
  });
});

test('an execution with a definition that is now refused fails, and the log has the reason', async () => {
  await withDirectory(async (journalDirectory) => {
    const header = { stateMachine: 'trial', name: 'one', input: '{}', definition: '{}', startedAt: 1 };
    writeFileSync(join(journalDirectory, 'old.jsonl'), `${JSON.stringify(header)}\n`);
    trial = await Trial.start({ states: { A: { Type: 'Pass', End: true } }, journalDirectory });
    expect(await trial.ended(EXECUTION)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(trial.log).toEqual([expect.stringContaining('cannot go on')]);
  });
});

test('a journal with a wrong line in the middle fails the start, and the error names it', async () => {
  await withDirectory(async (journalDirectory) => {
    writeFileSync(join(journalDirectory, 'wrong.jsonl'), 'wrong\n{}\n');
    const starting = Trial.start({ states: { A: { Type: 'Pass', End: true } }, journalDirectory });
    await expect(starting).rejects.toThrow(/wrong\.jsonl has a line that cannot be read: wrong/);
  });
});
