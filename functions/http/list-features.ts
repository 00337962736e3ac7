import { route } from '#functions/middleware/route';
import { listFeatures } from '#store/features';

/** `GET /features`: the features, and who switched each last. */
export const handler = route('list-features', async () => ({ items: await listFeatures() }));
