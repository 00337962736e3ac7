import { stopServer } from '#engine/servers/stop-server';
import { publish } from '#functions/measures';
import { step } from '#functions/middleware/base';

/** State `StopServer` of `abort-job`: asks ECS to stop the server's container; the state waits for the proof. */
export const handler = step('stop-server', (input) => stopServer(input, () => publish({ DrainDeadlines: 1 })));
