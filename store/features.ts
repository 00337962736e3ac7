/** Features: named switches. A feature that was never set is off. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { FEATURES, type Feature, type FeatureName, featureSchema } from '#domain/feature';
import { send, tableName } from '#store/dynamodb/client';
import { type Change, guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

/**
 * Whether the feature is on, read consistently. 1 RCU.
 * @throws MalformedRecord
 */
export async function isEnabled(name: FeatureName): Promise<boolean> {
  return (await findFeature(name)).enabled;
}

/**
 * The feature as it is now, read consistently. 1 RCU.
 * @throws MalformedRecord
 */
export async function findFeature(name: FeatureName): Promise<Feature> {
  return toFeature(name, await readItem('features', { name }));
}

/**
 * All features, with who switched them last, read consistently. A malformed one is logged and shown as off. 1 RCU.
 */
export async function listFeatures(): Promise<Feature[]> {
  const reply = await send(new ScanCommand({ TableName: tableName('features'), ConsistentRead: true }));
  const set = parseEach(featureSchema, 'features', reply.Items ?? []);
  return FEATURES.map((name) => set.find((feature) => feature.name === name) ?? { name, enabled: false });
}

/**
 * Changes a feature's record. Returns the feature as it is now, and whether this changed it. 1 WCU.
 * @throws MalformedRecord
 */
export async function changeFeature(name: FeatureName, change: FeatureChange) {
  const { applied, item } = await guardedWrite({ table: 'features', key: { name }, when: [], ...change });
  return { applied, now: toFeature(name, item) };
}

type FeatureChange = Partial<Pick<Change, 'set' | 'remove' | 'when'>>;

function toFeature(name: FeatureName, item: Item | undefined): Feature {
  return item ? parseRecord(featureSchema, 'features', item) : { name, enabled: false };
}
