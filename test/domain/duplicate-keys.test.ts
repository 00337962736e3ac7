import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { duplicateKey } from '#domain/json/duplicate-keys';

function find(text: string): string | undefined {
  return duplicateKey(text, { value: JSON.parse(text), place: 'body' });
}

describe('a key that stands twice in an object is found', () => {
  test.each([
    ['{"a":1,"a":2}', 'body.a'],
    ['{"a":1, "\\u0061" : 1}', 'body.a'],
    ['{"":1,"":1}', 'body.'],
    ['{"a\\"":1,"b":[1,[{}],{"x\\\\":{},"c":[],"x\\\\"\n:[]}]}', 'body.b[2].x\\'],
    ['[[],{"__proto__":1,"__proto__":2}]', 'body[1].__proto__'],
    ['{"tasks":[{"input":{"k":"{\\"k\\":1,\\"k\\":1}"}},{"input":{"k":{"k":1},"k":1}}]}', 'body.tasks[1].input.k'],
  ])('%s', (text, place) => {
    expect(find(text)).toBe(place);
  });
});

test('In no text without such a key one is found', () => {
  fc.assert(fc.property(fc.json(), (text) => expect(find(text)).toBeUndefined()));
  expect(find('{"a":{"a":[{"a":1},{"a":1}]},"b":"a","c":"a\\\\"}')).toBeUndefined();
});

test('A key added to any object of any text is found', () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(objects, (object) => {
      const [key = ''] = Object.keys(object);
      const inner = JSON.stringify(object);
      const again = `${inner.slice(0, -1)},${JSON.stringify(key)}:0}`;
      expect(find(`[${inner},{"in":${again}}]`)).toBe(`body[1].in.${key}`.slice(0, 200));
    }),
  );
});
