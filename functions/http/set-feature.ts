import { notFound } from '#domain/errors';
import { FEATURES } from '#domain/feature';
import { route } from '#functions/middleware/route';
import { featureView } from '#functions/views';
import { setFeature } from '#store/features';

/** `PUT /features/{name}`: switches a feature on or off. */
export const handler = route('set-feature', async (call) => {
  const name = FEATURES.find((feature) => feature === call.path.name);
  if (!name) throw notFound('feature', call.path.name);
  const feature = {
    name,
    enabled: call.body.enabled,
    changedBy: call.caller.user,
    changedByName: call.caller.name,
    changedAt: new Date().toISOString(),
  };
  return featureView(await setFeature(feature), call.caller);
});
