import { expect, test } from '@jest/globals';
import { Closing } from '#local/closing';

function listOf(names: readonly string[], failing: readonly string[] = []) {
  const closed: string[] = [];
  const list = new Closing();
  for (const name of names) {
    const close = async () => {
      closed.push(name);
      if (failing.includes(name)) throw new Error('stuck');
    };
    list.add({ name, close, kill: () => void closed.push(`${name} killed`) });
  }
  return { list, closed };
}

test('parts close in reverse order, each once', async () => {
  const { list, closed } = listOf(['first', 'second', 'third']);
  await list.close();
  await list.close();
  expect(closed).toEqual(['third', 'second', 'first']);
});

test('a part that fails does not stop the others, and the error names it', async () => {
  const { list, closed } = listOf(['first', 'second', 'third'], ['third', 'first']);
  await expect(list.close()).rejects.toThrow('third did not stop as it should: Error: stuck; first did not stop');
  expect(closed).toEqual(['third', 'second', 'first']);
});

test('a kill reaches the part that is closing and those before it, but none that has closed', async () => {
  const { list, closed } = listOf(['first']);
  const killed = Promise.withResolvers<void>();
  list.add({ name: 'slow', close: () => killed.promise, kill: killed.resolve });
  list.add({ name: 'last', close: () => {}, kill: () => void closed.push('last killed') });
  const closing = list.close();
  await Promise.resolve();
  await Promise.resolve();
  await list.kill();
  await closing;
  expect(closed).toEqual(['first killed', 'first']);
});
