import { route } from '#functions/middleware/route';
import { featureView } from '#functions/views';
import { listFeatures } from '#store/features';

/** `GET /features`: the features, and who switched each last. */
export const handler = route('list-features', async ({ caller }) => ({
  items: (await listFeatures()).map((item) => featureView(item, caller)),
}));
