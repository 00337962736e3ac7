import { expect, test } from '@jest/globals';
import { Throttled } from '#domain/errors';
import { backOff } from '#store/dynamodb/back-off';

test('The wait for a throttled table fails after thirty rounds', async () => {
  await backOff(0);
  await expect(backOff(30)).rejects.toBeInstanceOf(Throttled);
});
