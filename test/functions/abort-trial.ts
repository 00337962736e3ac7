/** What the tests of aborts share: the functions on a real store, with the real workflows waiting behind Step Functions' wire. */
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { CATALOG } from '#functions/catalog';
import { startStepFunctions } from '#local/stepfunctions/stepfunctions';
import { readWorkflows } from '#statemachines/definitions';
import { startStore } from '#test/store/engine';

/** Starts the store and Step Functions, and tells the functions of them: import `#functions/...` dynamically, after this. */
export async function startFunctions() {
  const wire = await startStore();
  const steps: { step: string; payload: unknown }[] = [];
  const stepFunctions = await startStepFunctions({
    port: 0,
    stateMachines: readWorkflows({
      directory: join(import.meta.dirname, '..', '..', 'statemachines'),
      catalog: CATALOG,
      arnOf: (name) => name,
      drainSeconds: 900,
      heartbeatSeconds: 10,
    }),
    // The steps are called and do nothing: the tests do what they need themselves.
    invoke: async (step, payload) => void steps.push({ step, payload }),
    log: () => {},
  });
  afterAll(stepFunctions.close);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    LASTCALL_CLUSTER: 'lastcall',
    LASTCALL_HEARTBEAT_SECONDS: '10',
    LASTCALL_DRAIN_SECONDS: '900',
    LASTCALL_STATE_MACHINE_ARN_PREFIX: 'arn:aws:states:us-east-1:000000000000:stateMachine:',
  });
  return { wire, steps };
}
