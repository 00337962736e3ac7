import { expect, test } from '@jest/globals';
import { Throttled } from '#domain/errors';
import { backOff } from '#store/dynamodb/back-off';

test('The wait for a throttled table fails after ten rounds', async () => {
  await backOff(0);
  await expect(backOff(10)).rejects.toBeInstanceOf(Throttled);
});
