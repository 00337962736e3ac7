import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { errorNamed, Trial } from '#test/support/local/stepfunctions-trial';
import {
  AbortTrial,
  DRAIN_SECONDS,
  HEARTBEAT_TIMEOUT_SECONDS,
  type StepCall,
} from '#test/support/statemachines/abort-job-trial';

const BEAT_SECONDS = 29;
/** The longest waits of `Retry`, at the maximum of the full jitter. */
const BACK_OFF_SECONDS = [1, 2, 4, 8, 16, 30];

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(1));
afterEach(async () => {
  jest.restoreAllMocks();
  await Trial.closeAll();
});

/** Stops the server and completes the abort. */
async function finish(abort: AbortTrial): Promise<void> {
  await abort.succeed(await abort.called('StopServer'));
  expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
}

describe('a drain', () => {
  test('with a task still executing does not stop the server after 899 s, but after 900 s', async () => {
    const abort = await AbortTrial.start();
    const drain = await abort.called('DrainServer');
    for (let second = BEAT_SECONDS; second <= 899; second += BEAT_SECONDS) {
      abort.turn(BEAT_SECONDS);
      await abort.beat(drain);
    }
    expect(await abort.trial.types(abort.arn)).not.toContain('TaskTimedOut');
    expect(abort.states).toEqual(['DrainServer']);
    abort.turn(1);
    expect(await abort.called('StopServer')).toMatchObject({ serverId: 'one', timedOut: true });
    await finishFrom(abort);
  });

  test('ends at once with the callback', async () => {
    const abort = await AbortTrial.start();
    await abort.succeed(await abort.called('DrainServer'));
    expect(await abort.called('StopServer')).toMatchObject({ serverId: 'one', timedOut: false });
    await finishFrom(abort);
    expect(abort.states).toEqual(['DrainServer', 'StopServer', 'SettleServer', 'CompleteAbort']);
  });

  test('of a server without heartbeats ends at once: the server is dead', async () => {
    const abort = await AbortTrial.start();
    const drain = await abort.called('DrainServer');
    abort.turn(HEARTBEAT_TIMEOUT_SECONDS - 0.001);
    await abort.beat(drain);
    abort.turn(HEARTBEAT_TIMEOUT_SECONDS - 0.001);
    expect(await abort.trial.types(abort.arn)).not.toContain('TaskTimedOut');
    abort.turn(0.001);
    expect(await abort.called('StopServer')).toMatchObject({ serverId: 'one', timedOut: true });
    await finishFrom(abort);
  });

  test('of a server whose heartbeats do not reach Step Functions continues to its deadline', async () => {
    const abort = await AbortTrial.start();
    let lived = 0;
    for (; lived + HEARTBEAT_TIMEOUT_SECONDS < DRAIN_SECONDS; lived += HEARTBEAT_TIMEOUT_SECONDS) {
      await abort.called('DrainServer');
      abort.turn(HEARTBEAT_TIMEOUT_SECONDS);
      await abort.fail(await abort.called('StopServer'), 'StillDraining');
    }
    await abort.called('DrainServer');
    // In the last seconds the heartbeat time-out ends no later than the drain.
    abort.turn(DRAIN_SECONDS - lived);
    expect(await abort.called('StopServer')).toMatchObject({ serverId: 'one' });
    await finishFrom(abort);
  });

  test('keeps its deadline when it is tried again', async () => {
    let attempts = 0;
    const DrainServer = () => {
      attempts += 1;
      if (attempts === 1) throw errorNamed('TooManyRequestsException');
    };
    const abort = await AbortTrial.start({ answers: { DrainServer } });
    await abort.called('DrainServer');
    await abort.trial.clock.armed(1_000);
    abort.turn(1);
    const drain = await abort.called('DrainServer');
    let passed = 1;
    for (; passed + BEAT_SECONDS < DRAIN_SECONDS; passed += BEAT_SECONDS) {
      abort.turn(BEAT_SECONDS);
      await abort.beat(drain);
    }
    abort.turn(DRAIN_SECONDS - passed);
    expect(await abort.called('StopServer')).toMatchObject({ timedOut: true });
    await finishFrom(abort);
  });

  test('that is withdrawn does not stop the server, and the abort completes', async () => {
    const abort = await AbortTrial.start();
    await abort.fail(await abort.called('DrainServer'), 'Withdrawn');
    expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
    expect(abort.states).toEqual(['DrainServer', 'CompleteAbort']);
    expect(await statesEntered(abort)).toContain('SpareServer');
  });

  test('of one server does not delay the restart of another', async () => {
    const abort = await AbortTrial.start({ servers: ['one', 'two'] });
    const slow = await abort.called('DrainServer', 'one');
    await abort.succeed(await abort.called('DrainServer', 'two'));
    await abort.succeed(await abort.called('StopServer', 'two'));
    await abort.called('SettleServer', 'two');
    expect(abort.calls.filter(({ serverId }) => serverId === 'one').map(({ state }) => state)).toEqual(['DrainServer']);
    await abort.succeed(slow);
    await finish(abort);
  });
});

describe('a stop', () => {
  test('after a withdrawal does not stop the server', async () => {
    const abort = await AbortTrial.start();
    await abort.succeed(await abort.called('DrainServer'));
    await abort.fail(await abort.called('StopServer'), 'Withdrawn');
    expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
    expect(abort.states).toEqual(['DrainServer', 'StopServer', 'CompleteAbort']);
  });

  test('without an event is looked up in ECS, slowly', async () => {
    let asked = 0;
    const FindStopProof = () => {
      asked += 1;
      if (asked < 3) throw errorNamed('NotStopped');
    };
    const abort = await AbortTrial.start({ answers: { FindStopProof } });
    await abort.succeed(await abort.called('DrainServer'));
    await abort.called('StopServer');
    abort.turn(180);
    for (let pause = 0; pause < 2; pause += 1) {
      await abort.trial.clock.armed(30_000);
      abort.turn(30);
    }
    await abort.called('SettleServer');
    expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
    expect(asked).toBe(3);
  });
});

describe('a step', () => {
  const fails = () => {
    throw errorNamed('ServiceUnavailable', 'the records are away');
  };
  const STEPS = ['DrainServer', 'StopServer', 'FindStopProof', 'SettleServer', 'CompleteAbort'];

  test.each(STEPS)('%s that keeps failing fails the abort, with the name of the step and the reason', async (step) => {
    const abort = await AbortTrial.start({ answers: { [step]: fails } });
    await reach(abort, step);
    for (const seconds of BACK_OFF_SECONDS) {
      await abort.trial.clock.armed(seconds * 1000);
      abort.turn(seconds);
    }
    const reason = expect.stringMatching(/^ServiceUnavailable: .*the records are away/);
    expect(await abort.called('FailAbort')).toMatchObject({ abortId: 'the-abort', step: step, reason });
    expect(await abort.ended()).toMatchObject({
      status: 'FAILED',
      error: 'AbortFailed',
      cause: expect.stringMatching(new RegExp(`^${step}: ServiceUnavailable: .*the records are away`)),
    });
    expect(abort.states.filter((each) => each === step)).toHaveLength(1 + BACK_OFF_SECONDS.length);
  });

  test.each(STEPS)('%s that fails once is tried again, and the abort completes', async (step) => {
    let attempts = 0;
    const failsOnce = () => {
      attempts += 1;
      if (attempts === 1) throw errorNamed('TooManyRequestsException');
    };
    const abort = await AbortTrial.start({ answers: { [step]: failsOnce } });
    await reach(abort, step);
    await abort.trial.clock.armed(1_000);
    abort.turn(1);
    await follow(abort, step);
    expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
    expect(attempts).toBe(2);
  });

  test('that finds more than the confirmed plan is not tried again: the abort fails', async () => {
    const StopServer = () => {
      throw errorNamed('PlanChanged', 'it also runs another');
    };
    const abort = await AbortTrial.start({ answers: { StopServer } });
    await reach(abort, 'StopServer');
    const reason = expect.stringMatching(/^PlanChanged: .*it also runs another/);
    expect(await abort.called('FailAbort')).toMatchObject({ step: 'StopServer', reason });
    expect(abort.states.filter((step) => step === 'StopServer')).toHaveLength(1);
  });

  test('that fails for one server ends the wait for the others, and the abort fails once', async () => {
    const DrainServer = ({ serverId }: StepCall) => {
      if (serverId === 'two') fails();
    };
    const abort = await AbortTrial.start({ servers: ['one', 'two'], answers: { DrainServer } });
    const waiting = await abort.called('DrainServer', 'one');
    for (const seconds of BACK_OFF_SECONDS) {
      await abort.trial.clock.armed(seconds * 1000);
      await abort.beat(waiting);
      abort.turn(seconds);
    }
    expect(await abort.called('FailAbort')).toMatchObject({ step: 'DrainServer' });
    await expect(abort.succeed(waiting)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect(await abort.ended()).toMatchObject({ status: 'FAILED' });
    expect(abort.states.filter((step) => step === 'FailAbort' || step === 'StopServer')).toEqual(['FailAbort']);
  });
});

describe('the state transitions', () => {
  test.each([1, 4])(
    'of an abort of %i servers are at most 10 and 8 per server, after a long drain and a lost event',
    async (count) => {
      const servers = Array.from({ length: count }, (_, index) => `server-${index}`);
      const abort = await AbortTrial.start({ servers });
      const drains = await Promise.all(servers.map((serverId) => abort.called('DrainServer', serverId)));
      for (let second = BEAT_SECONDS; second <= 899; second += BEAT_SECONDS) {
        abort.turn(BEAT_SECONDS);
        for (const drain of drains) await abort.beat(drain);
      }
      abort.turn(1);
      for (const serverId of servers) await abort.called('StopServer', serverId);
      abort.turn(180);
      expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
      expect(abort.states.filter((step) => step === 'FindStopProof')).toHaveLength(count);
      expect(await abort.transitions()).toBeLessThanOrEqual(10 + 8 * count);
      expect(await abort.transitions()).toBe(3 + 4 * count);
    },
  );
});

/** Continues after a requested stop. */
async function finishFrom(abort: AbortTrial): Promise<void> {
  const stop = abort.calls.findLast(({ state }) => state === 'StopServer');
  if (stop) await abort.succeed(stop);
  expect(await abort.ended()).toMatchObject({ status: 'SUCCEEDED' });
}

/** Answers all calls before the first one of the step. */
async function reach(abort: AbortTrial, step: string): Promise<void> {
  const drain = await abort.called('DrainServer');
  if (step === 'DrainServer') return;
  await abort.succeed(drain);
  const stop = await abort.called('StopServer');
  if (step === 'StopServer') return;
  if (step === 'FindStopProof') abort.turn(180);
  else await abort.succeed(stop);
}

/** Answers all calls from the second one of the step on. */
async function follow(abort: AbortTrial, step: string): Promise<void> {
  if (step === 'DrainServer') await abort.succeed(await abort.called('DrainServer'));
  if (step === 'DrainServer' || step === 'StopServer') await abort.succeed(await abort.called('StopServer'));
}

async function statesEntered(abort: AbortTrial): Promise<(string | undefined)[]> {
  return (await abort.trial.history(abort.arn)).map((event) => event.stateEnteredEventDetails?.name);
}
