import { notFound } from '#domain/errors';
import { FEATURES } from '#domain/feature';
import { featurePathSchema, nothing, setFeatureSchema } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { setFeature } from '#store/features';

/** `PUT /features/{name}`: switches a feature on or off. */
export const handler = route(
  'set-feature',
  { path: featurePathSchema, query: nothing, body: setFeatureSchema },
  async (call) => {
    const name = FEATURES.find((feature) => feature === call.path.name);
    if (!name) throw notFound('feature', call.path.name);
    const feature = {
      name,
      enabled: call.body.enabled,
      changedBy: call.caller.user,
      changedAt: new Date().toISOString(),
    };
    return reply(200, await setFeature(feature));
  },
);
