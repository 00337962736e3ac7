import { notFound } from '#domain/errors';
import { FEATURES } from '#domain/feature';
import { setFeature } from '#engine/system/set-feature';
import { authorOf, route } from '#functions/middleware/route';
import { featureView } from '#functions/views';

/** `PUT /features/{name}`: switches a feature on or off. */
export const handler = route('set-feature', async (call) => {
  const name = FEATURES.find((feature) => feature === call.path.name);
  if (!name) throw notFound('feature', call.path.name);
  return featureView(await setFeature(name, call.body.enabled, authorOf(call)), call.caller);
});
