import { expect, test } from '@jest/globals';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { functionsOf, programsOf } from '#local/catalog';

const load = (module: unknown) => loadFunctions([{ name: 'greet', timeoutSeconds: 0.05, load: async () => module }]);

test('event and result pass through JSON, and the function gets the context of Lambda', async () => {
  const seen: unknown[] = [];
  const { invoke, arnOf, nameOf } = await load({
    handler: async (event: unknown, context: unknown) => {
      seen.push(event, context);
      return { at: new Date(0), nothing: undefined };
    },
  });
  expect(await invoke('greet', { at: new Date(0), nothing: undefined })).toStrictEqual({
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(seen).toEqual([
    { at: '1970-01-01T00:00:00.000Z' },
    expect.objectContaining({
      functionName: 'greet',
      invokedFunctionArn: arnOf('greet'),
      awsRequestId: expect.any(String),
    }),
  ]);
  expect(nameOf(arnOf('greet'))).toBe('greet');
});

test('invoke rejects with the error of the function', async () => {
  const error = Object.assign(new Error('no'), { name: 'WrongStatus' });
  const { invoke } = await load({ handler: () => Promise.reject(error) });
  await expect(invoke('greet', {})).rejects.toBe(error);
});

test('a function that exceeds its time-out fails with the error name that workflows match', async () => {
  const { invoke } = await load({ handler: () => new Promise(() => {}) });
  await expect(invoke('greet', {})).rejects.toMatchObject({ name: 'Sandbox.Timedout' });
});

test('a function without a result returns null', async () => {
  const { invoke } = await load({ handler: async () => {} });
  expect(await invoke('greet', {})).toBeNull();
});

test('an event or a result of more than 6 MB is refused', async () => {
  const { invoke } = await load({ handler: async (event: unknown) => [event, event] });
  const text = 'x'.repeat(4 * 1024 * 1024);
  await expect(invoke('greet', text)).rejects.toMatchObject({ name: 'Function.ResponseSizeTooLarge' });
  await expect(invoke('greet', text + text)).rejects.toMatchObject({ name: 'Lambda.RequestTooLargeException' });
});

test('an unknown function is refused', async () => {
  const { invoke } = await load({ handler: async () => {} });
  await expect(invoke('other', {})).rejects.toThrow('There is no function "other"');
});

test.each([[{}], [{ handler: 'greet' }]])(
  'the module %j fails the start with the name of the function',
  async (module) => {
    await expect(load(module)).rejects.toThrow(/"greet" cannot be loaded: .*must be an exported function/);
  },
);

test('a missing file fails the start, and the error names it', async () => {
  const catalog = [{ name: 'greet', calledBy: { step: 'Greet' }, touches: [], timeoutSeconds: 1, memoryMb: 256 }];
  await expect(loadFunctions(functionsOf(catalog))).rejects.toThrow(/"greet" cannot be loaded: .*steps\/greet/);
});

test('a program has its file, and the memory and the reserved concurrency of its row', () => {
  const row = { name: 'greet', calledBy: { step: 'Greet' }, touches: [], timeoutSeconds: 1, memoryMb: 256 };
  const programs = programsOf([row, { ...row, reservedConcurrency: 5 }]);
  expect(programs.map(({ reservedConcurrency }) => reservedConcurrency)).toEqual([undefined, 5]);
  expect(programs[0]).toMatchObject({
    name: 'greet',
    memoryMb: 256,
    file: expect.stringMatching(/functions\/steps\/greet\.ts$/),
  });
});
