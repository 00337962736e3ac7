/** Features: named switches. A feature that was never set is off. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { FEATURES, type Feature, type FeatureName, featureSchema } from '#domain/feature';
import { send, tableName } from '#store/dynamodb/client';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';

/**
 * Whether the feature is on, read consistently. 1 RCU.
 * @throws MalformedRecord
 */
export async function isEnabled(name: FeatureName): Promise<boolean> {
  const item = await readItem('features', { name });
  return item !== undefined && parseRecord(featureSchema, 'features', item).enabled;
}

/**
 * All features, with who switched them last, read consistently. A malformed one is logged and shown as off. 1 RCU.
 */
export async function listFeatures(): Promise<Feature[]> {
  const reply = await send(new ScanCommand({ TableName: tableName('features'), ConsistentRead: true }));
  const set = parseEach(featureSchema, 'features', reply.Items ?? []);
  return FEATURES.map((name) => set.find((feature) => feature.name === name) ?? { name, enabled: false });
}

/** Switches a feature, and returns it as it is now: the last change wins, also over one that arrives late. 1 WCU. */
export async function setFeature({ name, ...set }: Feature): Promise<Feature> {
  const when = set.changedAt === undefined ? [] : [{ attribute: 'changedAt', notAfter: set.changedAt }];
  const remove = set.changedByName ? [] : ['changedByName'];
  const written = await guardedWrite({ table: 'features', key: { name }, set, remove, when });
  return parseRecord(featureSchema, 'features', written.item ?? { name });
}
