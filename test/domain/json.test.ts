import { describe, expect, test } from '@jest/globals';
import { changedNumber } from '#domain/json';

describe('a number that would not be kept as it was sent is found', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '123456789012345678901234567890',
    '1e999',
    '-1E+0309',
    '9'.repeat(400),
  ])('%s', (number) => {
    expect(changedNumber(number)).toBe(number);
    expect(changedNumber(`{"a": [1, {"${number}": "${number}", "b": ${number}}], "c": 10000000000000001}`)).toBe(
      number,
    );
  });
});

describe('a number that is kept is not', () => {
  test.each([
    '9007199254740992',
    '-9007199254740991',
    '100000000000000000000',
    '1000000000000000000000',
    // What JavaScript itself has written.
    '12345678901234567000',
    '1e20',
    '1.5e300',
    '0.1',
    '3.141592653589793238',
    '-0',
  ])('%s', (number) => {
    expect(changedNumber(`{"a": [${number}]}`)).toBeUndefined();
  });

  test('whatever a text says', () => {
    expect(changedNumber(JSON.stringify({ id: '12345678901234567890', text: '\\"1e999' }))).toBeUndefined();
  });
});
