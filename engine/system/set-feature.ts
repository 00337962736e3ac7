import type { Author } from '#domain/events';
import type { Feature, FeatureName } from '#domain/feature';
import { changeFeature, findFeature } from '#store/features';
import { actOnSystem } from './act-on-system.ts';

/**
 * Switches a feature on or off, and returns it as it is now: the last change wins, also over one that arrives late.
 * Cost like `actOnSystem`.
 * @throws Refusal TooManyRequests while others change it
 */
export async function setFeature(feature: FeatureName, enabled: boolean, author: Author): Promise<Feature> {
  return actOnSystem(author, {
    find: () => findFeature(feature),
    changed: (seen) => ({ enabled, before: seen?.enabled }),
    write: (change) => changeFeature(feature, change),
  });
}
