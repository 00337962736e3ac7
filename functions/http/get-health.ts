import { route } from '#functions/middleware/route';
import { VERSION } from '#functions/version';

/** `GET /health`: says that the API is up. */
export const handler = route('get-health', async () => ({ status: 'ok' as const, version: VERSION }));
