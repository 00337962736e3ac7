/**
 * `npm run check:api`: generators of others make clients of the API's description, in Python and in TypeScript. They
 * are fetched from their registries into a folder that is removed afterwards. Without python3, Python is left out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeApi } from '#functions/openapi';

const LIMIT_MS = 300_000;
const GENERATORS = {
  Python: `command -v python3 > /dev/null || { echo 'There is no python3.'; exit 0; }
    python3 -m venv venv && venv/bin/pip -q install openapi-python-client==0.24.0 &&
    venv/bin/openapi-python-client generate --path openapi.json --meta none --output-path lastcall_client &&
    venv/bin/python -c 'import lastcall_client.models'`,
  TypeScript: `npm init -y > /dev/null && npm install --no-audit --no-fund swagger-typescript-api@13.13.0 &&
    npx swagger-typescript-api generate -p openapi.json -o client -n api.ts && test -s client/api.ts`,
};

const directory = mkdtempSync(join(tmpdir(), 'generators-'));
writeFileSync(join(directory, 'openapi.json'), JSON.stringify(describeApi()));
const failed = Object.entries(GENERATORS).filter(([language, script]) => {
  console.log(`${language}:`);
  const { status } = spawnSync('sh', ['-c', script], { cwd: directory, stdio: 'inherit', timeout: LIMIT_MS });
  return status !== 0;
});
rmSync(directory, { recursive: true, force: true });
const names = failed.map(([language]) => language).join(' and ');
console.log(failed.length === 0 ? 'The generators accept the description.' : `Refused by the generators of ${names}.`);
process.exit(failed.length === 0 ? 0 : 1);
