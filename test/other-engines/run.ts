/**
 * `npm run test:other-engines`: the same code on engines that others wrote. `-- store`, `-- flows`, `-- workflows`
 * or `-- templates` runs one part only. docs/engines.md says what each engine cannot do.
 */
import { tryFlows, tryStore } from './dynamodb.ts';
import { tryTemplates } from './templates.ts';
import { tryWorkflows } from './workflows.ts';

const PARTS: Readonly<Record<string, () => Promise<boolean>>> = {
  store: tryStore,
  flows: tryFlows,
  workflows: tryWorkflows,
  templates: tryTemplates,
};

const given = process.argv.slice(2);
const unknown = given.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) throw new Error(`${unknown} is no part: choose from ${Object.keys(PARTS).join(', ')}.`);

const failed: string[] = [];
for (const [name, attempt] of Object.entries(PARTS)) {
  if (given.length > 0 && !given.includes(name)) continue;
  const isGood = await attempt().catch((error: unknown) => console.error(String(error)));
  if (isGood !== true) failed.push(name);
}
console.log(failed.length === 0 ? 'All parts passed on the other engines.' : `Failed: ${failed.join(', ')}.`);
process.exit(failed.length === 0 ? 0 : 1);
