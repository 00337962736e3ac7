/** The order of the suites: those that wait for whole systems begin first, so that no long one is left for the end. */
import Sequencer from '@jest/test-sequencer';

/** Jest's own order, by what took longest the last time, but flows before the others. */
export default class FlowsFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const isFlow = ({ path }) => path.includes('/test/flows/');
    return [...sorted.filter(isFlow), ...sorted.filter((test) => !isFlow(test))];
  }
}
