/**
 * A process that runs the local Step Functions until it is killed. Its Lambda `stuck` never returns; each invocation
 * and its own URL go to its output, one JSON line each.
 */
import { startStepFunctions } from '#local/aws/stepfunctions/stepfunctions';

const [journalDirectory = '', definition = ''] = process.argv.slice(2);
const say = (line: object) => console.log(JSON.stringify(line));

const { url } = await startStepFunctions({
  port: 0,
  journalDirectory,
  stateMachines: [{ name: 'trial', definition }],
  invoke: async (functionName, payload) => {
    say({ functionName, payload });
    if (functionName === 'stuck') await new Promise(() => undefined);
    return payload;
  },
  log: (line) => console.error(line),
});
say({ url });
