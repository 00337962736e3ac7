/** The catalog and the workflows fit: each state sends its function what the row of that function expects. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { STEPS } from '#functions/catalog/steps';

const WORKFLOWS = join(import.meta.dirname, '..', '..', 'statemachines');
const callSchema = z.object({ FunctionName: z.string(), Payload: z.record(z.string(), z.unknown()) });

/** The arguments of every call of a function, wherever it is in the workflow. */
function callsIn(value: unknown): z.infer<typeof callSchema>[] {
  if (typeof value !== 'object' || value === null) return [];
  const call = callSchema.safeParse(value);
  return call.success ? [call.data] : Object.values(value).flatMap(callsIn);
}

const calls = readdirSync(WORKFLOWS)
  .filter((file) => file.endsWith('.asl.json'))
  .flatMap((file) => callsIn(JSON.parse(readFileSync(join(WORKFLOWS, file), 'utf8'))));

test.each(Object.values(STEPS))('$state gets what its row expects', ({ state, input }) => {
  const found = calls.filter(({ FunctionName }) => FunctionName === `\${${state}}`);
  expect(found.length).toBeGreaterThan(0);
  for (const { Payload } of found)
    expect(Object.keys(Payload)).toEqual(expect.arrayContaining(Object.keys(input.shape)));
});
