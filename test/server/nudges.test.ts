/** How a server hears nudges, and which ones it leaves to others, with a real queue. */
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { Nudges } from '#server/claiming/nudges';
import { eventually } from '#test/support/flows/system';
import { startSqsTrial } from '#test/support/local/sqs-trial';

const sqs = await startSqsTrial();
Object.assign(process.env, sqs.environment);
const started: Nudges[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((nudges) => nudges.stop()));
  await sqs.empty();
});
afterAll(() => sqs.close());

type Options = { readonly batchGroups: readonly string[]; readonly mayClaim: () => boolean };

/** The nudges of a server that serves these groups, and how many of them its claim loop has heard. */
function listen({ batchGroups = ['default'], mayClaim = () => true }: Partial<Options> = {}) {
  const heard = { count: 0 };
  const onNudge = () => {
    heard.count += 1;
  };
  const nudges = new Nudges({ batchGroups, mayClaim, onNudge });
  started.push(nudges);
  nudges.listen();
  return { nudges, heard };
}

const seen = (operation: string) =>
  new Promise<void>((resolve) => {
    const stop = sqs.wire.onCall((call) => {
      if (call.operation !== operation) return;
      stop();
      resolve();
    });
  });
const left = async () => (await sqs.counts()).join();

test('a nudge makes the claim loop look, and is gone when it has looked', async () => {
  const { nudges, heard } = listen();
  await sqs.nudge();
  await eventually(() => heard.count === 1);
  expect(await sqs.counts()).toEqual([0, 1]);
  nudges.take()?.(false);
  await eventually(async () => (await left()) === '0,0');
});

test('a search that began before the nudge came does not answer it', async () => {
  const { nudges, heard } = listen();
  expect(nudges.take()).toBeUndefined();
  await sqs.nudge();
  await eventually(() => heard.count === 1);
  expect(await sqs.counts()).toEqual([0, 1]);
});

test('one nudge reaches one server', async () => {
  const servers = [listen(), listen()];
  await sqs.nudge();
  await eventually(() => servers.some(({ heard }) => heard.count === 1));
  for (const { nudges } of servers) nudges.take()?.(false);
  await eventually(async () => (await left()) === '0,0');
  expect(servers.map(({ heard }) => heard.count).sort()).toEqual([0, 1]);
});

test('a server that has become busy or drains gives the nudge back, and hears no more', async () => {
  let mayClaim = true;
  const busy = listen({ mayClaim: () => mayClaim });
  await seen('ReceiveMessage');
  mayClaim = false;
  const given = seen('ChangeMessageVisibility');
  await sqs.nudge();
  await given;
  const free = listen();
  await eventually(() => free.heard.count === 1);
  expect(busy.heard.count).toBe(0);
});

test('a nudge for other groups is left to a server that serves them', async () => {
  const day = listen({ batchGroups: ['day'] });
  const given = seen('ChangeMessageVisibility');
  await sqs.nudge('night', 'noon');
  await given;
  const night = listen({ batchGroups: ['night'] });
  const all = listen({ batchGroups: ['*'] });
  await eventually(() => night.heard.count + all.heard.count === 1);
  expect(day.heard.count).toBe(0);
});

test('a server that leaves the tasks to others gives the nudge back', async () => {
  const old = listen();
  await sqs.nudge();
  await eventually(() => old.heard.count === 1);
  const young = listen();
  old.nudges.take()?.(true);
  await eventually(() => young.heard.count === 1);
});

test.each(['has not begun', 'never ends'])('a server that stops gives back a nudge whose look %s', async (look) => {
  const { nudges, heard } = listen();
  await sqs.nudge();
  await eventually(() => heard.count === 1);
  if (look === 'never ends') expect(nudges.take()).toBeDefined();
  await nudges.stop();
  expect((await sqs.counts())[0]).toBe(1);
});

test('a server knows that no nudges come while the queue is down, and that they come again', async () => {
  const isDown = sqs.wire.refuse(({ operation }) => operation === 'ReceiveMessage', 'InternalFailure');
  const { nudges, heard } = listen();
  await eventually(() => !nudges.areHeard);
  isDown();
  await sqs.nudge();
  await eventually(() => {
    nudges.listen();
    return heard.count === 1;
  });
  expect(nudges.areHeard).toBe(true);
});

test('a full server nudges another one, once a second at most', async () => {
  const { nudges } = listen({ mayClaim: () => false });
  const sent = seen('SendMessageBatch');
  nudges.share();
  nudges.share();
  await sent;
  await eventually(async () => (await sqs.counts())[0] === 1);
});
