import { drainServer } from '#engine/servers/drain-server';
import { step } from '#functions/middleware/base';

/** State `DrainServer` of `abort-job`: waits until the server runs nothing in Executing. A repeat adds a callback. */
export const handler = step('drain-server', (input) => drainServer(input));
