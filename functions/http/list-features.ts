import { route } from '#functions/middleware/route';
import { listFeatures } from '#store/features';

/** `GET /features`: the switches and who set them last. */
export const handler = route('list-features', async () => ({ items: await listFeatures() }));
