/** What turning a feature on and turning it off have in common. */
import { show } from '#cli/output/format';
import { featuresText } from '#cli/output/system';
import { openSession } from './session.ts';

type Optioned = Parameters<typeof openSession>[0];

/** Sets the feature and prints it. */
export async function setFeature(name: string, enabled: boolean, self: Optioned): Promise<void> {
  const session = await openSession(self);
  const feature = await session.client.call('PUT /features/{name}', { path: { name }, body: { enabled } });
  await show(session.format, feature, (set) => featuresText([set]));
}
