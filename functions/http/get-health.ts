import { route } from '#functions/middleware/route';
import { VERSION } from '#functions/version';

/** `GET /health`: the API answers. */
export const handler = route('get-health', async () => ({ status: 'ok' as const, version: VERSION }));
