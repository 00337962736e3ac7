import { consoleConfig } from '#functions/console-config';
import { route } from '#functions/middleware/route';

const config = consoleConfig();

/** `GET /console/config.json`: the name of the system, and where one signs in. */
export const handler = route('get-console-config', async () => config);
