/**
 * The order of the suites: those that wait for whole systems begin first, so that no long one is left for the end. Of
 * these, those that share their worker's system come first, so that it ends when they have.
 */
import Sequencer from '@jest/test-sequencer';

/** Jest's own order, by what took longest the last time, but flows before the others. */
export default class FlowsFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const isFlow = ({ path }) => path.includes('/test/flows/');
    const hasOwnSystem = ({ path }) => path.endsWith('.local.test.ts');
    const flows = sorted.filter(isFlow);
    return [
      ...flows.filter((test) => !hasOwnSystem(test)),
      ...flows.filter(hasOwnSystem),
      ...sorted.filter((test) => !isFlow(test)),
    ];
  }
}
