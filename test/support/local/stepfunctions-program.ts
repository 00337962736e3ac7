/**
 * A program that runs the Step Functions stand-in until it is killed. Its Lambda `stuck` never returns. It prints its
 * URL and each invocation as JSON lines.
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
