/**
 * The order of the suites. Those that share their worker's system come first, so that it ends when they have. Then those
 * with whole systems of their own, which wait most of their time, take turns with those that only compute: neither
 * leaves the processors idle, and no long suite is left for the end.
 */
import Sequencer from '@jest/test-sequencer';

/** Jest's own order, by what took longest the last time, within each of the three kinds. */
export default class SystemsFirst extends Sequencer {
  async sort(tests) {
    const { shared = [], own = [], none = [] } = Object.groupBy(await super.sort(tests), kindOf);
    return [
      ...shared,
      ...own.flatMap((test, index) => [test, ...none.slice(index, index + 1)]),
      ...none.slice(own.length),
    ];
  }
}

function kindOf({ path }) {
  if (path.endsWith('.local.test.ts') || /\/test\/(cli|examples)\//.test(path)) return 'own';
  return path.includes('/test/flows/') ? 'shared' : 'none';
}
