import { beforeAll, describe, expect, test } from '@jest/globals';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { expectReply, jobSchema } from '#test/support/flows/records';
import { expectProblem, ROWS, sendTo, submitNamed } from '#test/support/flows/refused';

let system: AnySystem;
let ids: Record<string, string>;
beforeAll(async () => {
  system = await openSystem();
  ids = await submitNamed(system);
});

describe('is refused with a problem of a stable code', () => {
  test.each(ROWS)('%s', async (_what, call, sent, answer) => {
    expectProblem(await sendTo(system, [call, sent], ids), answer);
  });
});

test('an input is kept exactly as it was sent, whatever strange things are in it', async () => {
  const input =
    '{"__proto__":{"a":1},"constructor":{"prototype":{}},"nul":"\\u0000","half":"\\ud800","e":"\u{1F37B}","big":1e+300,"n":-0.5}';
  const body = `{"name":"n","hold":true,"tasks":[{"taskId":"__proto__","handler":"echo","input":${input}}]}`;
  const { jobId } = await expectReply(system, ['POST', '/jobs'], { raw: body, status: 201, schema: jobSchema });
  const kept = await system.call('GET', `/jobs/${jobId}/tasks/__proto__`);
  expect(kept.text).toContain(`"input":${input}`);
});
