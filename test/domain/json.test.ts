import { describe, expect, test } from '@jest/globals';
import { changedNumber } from '#domain/json';

describe('a number that JavaScript would change is found', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    // 2 ** 60: JavaScript keeps the number, and writes it with fewer digits.
    '1152921504606846976',
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

describe('a number that JavaScript keeps is not found', () => {
  test.each([
    '9007199254740992',
    '-9007199254740991',
    '100000000000000000000',
    '1000000000000000000000',
    // Written by JavaScript itself.
    '12345678901234567000',
    '1e20',
    '1.5e300',
    '0.1',
    '3.141592653589793238',
    '-0',
  ])('%s', (number) => {
    expect(changedNumber(`{"a": [${number}]}`)).toBeUndefined();
  });

  test('nor are digits inside a text', () => {
    expect(changedNumber(JSON.stringify({ id: '12345678901234567890', text: '\\"1e999' }))).toBeUndefined();
  });
});
