import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { arnOf } from '#local/aws/lambda/arns';
import { groupLives } from '#processes/process-group';
import { eventually } from '#test/support/flows/system';
import { LATER_MS } from '#test/support/local/lambda-program';
import { isFrozen, killHost, look, startLambda } from '#test/support/local/lambda-trial';
import { withDirectory } from '#test/support/local/stepfunctions-trial';

describe('an environment', () => {
  test('is frozen at the reply, and goes on with what was under way at the next call', async () => {
    await withDirectory(async (directory) => {
      const lambda = startLambda();
      const path = join(directory, 'late');
      const { pid } = await look(lambda);
      await lambda.invoke('trial', { do: 'write-later', path });
      const repliedAt = performance.now();
      await eventually(() => isFrozen(pid) && performance.now() - repliedAt > 2 * LATER_MS);
      expect(existsSync(path)).toBe(false);
      await eventually(async () => (await look(lambda)).pid === pid && existsSync(path));
    });
  });

  test('runs one call at a time: calls at once have environments of their own, later ones a warm one', async () => {
    const lambda = startLambda();
    const first = await Promise.all([look(lambda), look(lambda), look(lambda, 'other')]);
    expect(new Set(first.map(({ pid }) => pid)).size).toBe(3);
    expect(first.map(({ calls }) => calls)).toEqual([1, 1, 1]);
    const next = await look(lambda);
    expect(next.calls).toBe(2);
    expect(first.map(({ pid }) => pid)).toContain(next.pid);
  });

  test('has the variables that it is given and those of Lambda, and no others of this process', async () => {
    process.env.LASTCALL_SECRET = 'of the host';
    const { variables } = await look(startLambda({ environment: { GIVEN: 'yes' }, program: { memoryMb: 256 } }));
    expect(variables).toMatchObject({
      GIVEN: 'yes',
      AWS_LAMBDA_FUNCTION_NAME: 'trial',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      TZ: ':UTC',
    });
    expect(variables).not.toHaveProperty('LASTCALL_SECRET');
    expect(variables).not.toHaveProperty('HOME');
  });

  test('gives the function the context of its call', async () => {
    const { context, remainingMs } = await look(startLambda());
    expect(context).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: 'trial',
      invokedFunctionArn: arnOf('trial'),
      memoryLimitInMB: '512',
    });
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(20_000);
  });

  test('is removed after it was idle for long', async () => {
    const lambda = startLambda({ idleLimitMs: 200 });
    const { pid } = await look(lambda);
    await eventually(() => lambda.count === 0 && !groupLives(pid));
    expect((await look(lambda)).calls).toBe(1);
  });

  test('is removed for another function when there are as many as may be', async () => {
    const lambda = startLambda({ maxEnvironments: 2 });
    const { pid } = await look(lambda);
    await look(lambda, 'third');
    await look(lambda, 'other');
    await eventually(() => lambda.count === 2 && !groupLives(pid));
    expect((await look(lambda, 'third')).calls).toBe(2);
  });

  test('leaves no process behind when Lambda is closed, not even a frozen one', async () => {
    const lambda = startLambda();
    const { pid } = await look(lambda);
    await eventually(() => isFrozen(pid));
    await lambda.close();
    expect(groupLives(pid)).toBe(false);
  });
});

test('a call that waits for its turn is refused when Lambda is closed', async () => {
  const lambda = startLambda({ maxEnvironments: 1 });
  await look(lambda);
  const running = lambda.invoke('trial', { do: 'wait' });
  const waiting = look(lambda, 'third');
  const ended = Promise.allSettled([running, waiting]);
  await lambda.close();
  expect(await ended).toMatchObject([
    { reason: { name: 'Runtime.ExitError' } },
    { reason: { name: 'Lambda.TooManyRequestsException' } },
  ]);
  expect(lambda.count).toBe(0);
});

test('a frozen environment does not outlive its host, even if that is killed', async () => {
  const pid = await killHost();
  await eventually(() => !groupLives(pid));
});

describe('a call fails', () => {
  test.each([
    ['throws', 'throw', { name: 'RangeError', message: 'out of range' }],
    ['ends its process', 'exit', { name: 'Runtime.ExitError', message: expect.stringContaining('exit status 3') }],
    ['returns too much', 'large', { name: 'Function.ResponseSizeTooLarge' }],
  ])('when the function %s, and the next call succeeds', async (_what, act, error) => {
    const lambda = startLambda();
    await expect(lambda.invoke('trial', { do: act })).rejects.toMatchObject(error);
    expect(await look(lambda)).toBeDefined();
  });

  test('with the stack of the function', async () => {
    const failing = startLambda().invoke('trial', { do: 'throw' });
    await expect(failing).rejects.toMatchObject({ stack: expect.stringMatching(/^RangeError: out of range\n.*at /s) });
  });

  test('when it takes longer than the time-out: the process is killed, and the next call starts cold', async () => {
    const lambda = startLambda({ program: { timeoutSeconds: 1 } });
    const { pid } = await look(lambda);
    await expect(lambda.invoke('trial', { do: 'wait' })).rejects.toMatchObject({
      name: 'Sandbox.Timedout',
      message: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds$/),
    });
    await eventually(() => !groupLives(pid));
    expect((await look(lambda)).calls).toBe(1);
  });

  test('when a rejection that the call before left behind comes up', async () => {
    const lambda = startLambda();
    await lambda.invoke('trial', { do: 'reject-later' });
    const failed = await eventually(() =>
      look(lambda).then(
        () => undefined,
        (error: Error) => error,
      ),
    );
    expect(failed).toMatchObject({ name: 'Runtime.UnhandledPromiseRejection', message: 'left behind' });
    expect((await look(lambda)).calls).toBe(1);
  });

  test('when the heap is full', async () => {
    const filling = startLambda({ program: { memoryMb: 128 } }).invoke('trial', { do: 'fill-heap' });
    await expect(filling).rejects.toMatchObject({ name: expect.stringMatching(/^Runtime\.(ExitError|OutOfMemory)$/) });
  });

  test('when there is no function of that name, and when the event is too large', async () => {
    const lambda = startLambda();
    await expect(lambda.invoke('nothing', {})).rejects.toMatchObject({ name: 'Lambda.ResourceNotFoundException' });
    const large = { do: 'return', path: 'x'.repeat(6 * 1024 * 1024) };
    await expect(lambda.invoke('trial', large)).rejects.toMatchObject({ name: 'Lambda.RequestTooLargeException' });
    expect(lambda.count).toBe(0);
  });
});

test('a call fails when buffers fill the memory', async () => {
  const filling = startLambda({ program: { memoryMb: 256 } }).invoke('trial', { do: 'fill-buffers' });
  await expect(filling).rejects.toMatchObject({ name: 'Runtime.OutOfMemory' });
});

describe('the start of an environment', () => {
  test('fails the call with the error of the file', async () => {
    const lambda = startLambda({ environment: { FAIL_TO_LOAD: 'throw' } });
    await expect(look(lambda)).rejects.toMatchObject({ name: 'RangeError', message: 'not today' });
    await eventually(() => lambda.count === 0);
  });

  test('is made again when it takes too long, within the time-out of the function', async () => {
    const lines: string[] = [];
    const options = {
      environment: { FAIL_TO_LOAD: 'wait' },
      initLimitMs: 100,
      log: (line: string) => lines.push(line),
    };
    const lambda = startLambda({ ...options, program: { timeoutSeconds: 3 } });
    await expect(look(lambda)).rejects.toMatchObject({ message: expect.stringContaining('after 3.00 seconds') });
    await eventually(() => lambda.count === 0);
  });
});

describe('calls at once', () => {
  test('are refused when a function runs as many as it has reserved', async () => {
    const lambda = startLambda();
    const running = look(lambda, 'other');
    await expect(look(lambda, 'other')).rejects.toMatchObject({ name: 'Lambda.TooManyRequestsException' });
    await running;
    expect((await look(lambda, 'other')).calls).toBe(2);
  });

  test('are refused when all that are not reserved run, but reserved ones are not', async () => {
    const lambda = startLambda({ maxConcurrency: 2 });
    const running = look(lambda);
    await expect(look(lambda)).rejects.toMatchObject({ name: 'Lambda.TooManyRequestsException' });
    await look(lambda, 'other');
    await running;
  });

  test('wait for their turn when this machine has no room for another environment', async () => {
    const lambda = startLambda({ maxEnvironments: 2 });
    const seen = await Promise.all([look(lambda), look(lambda, 'third'), look(lambda), look(lambda, 'other')]);
    expect(seen).toHaveLength(4);
    await eventually(() => lambda.count <= 2);
  });

  test('cannot all be reserved', () => {
    expect(() => startLambda({ maxConcurrency: 1 })).toThrow(/reserve all of the 1 calls/);
  });
});
