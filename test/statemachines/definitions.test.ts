import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CatalogEntry } from '#functions/catalog/catalog';
import { readWorkflows } from '#statemachines/definitions';

const catalog: CatalogEntry[] = [
  { name: 'close-bar', calledBy: { step: 'CloseBar' }, touches: [], timeoutSeconds: 1, memoryMb: 512 },
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'workflows-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = () =>
  readWorkflows({ directory, catalog, arnOf: (name) => `arn:${name}`, drainSeconds: 900, heartbeatSeconds: 2 });

test('a workflow has the name of its file, and its placeholders are filled in', () => {
  const text = `{"Function":"\${CloseBar}","After":"{% \${DrainSeconds} %}","Beat":"{% \${HeartbeatTimeoutSeconds} %}","Is":"{% $x %}"}`;
  writeFileSync(join(directory, 'close.asl.json'), text);
  writeFileSync(join(directory, 'notes.md'), `\${Nothing}`);
  const definition = '{"Function":"arn:close-bar","After":"{% 900 %}","Beat":"{% 6 %}","Is":"{% $x %}"}';
  expect(read()).toEqual([{ name: 'close', definition }]);
});

test('an unknown placeholder is refused, and the error names its file', () => {
  writeFileSync(join(directory, 'close.asl.json'), `{"Function":"\${OpenBar}"}`);
  expect(read).toThrow(/close.asl.json has the placeholder \$\{OpenBar\}/);
});
