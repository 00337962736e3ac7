/** The synthesized templates under cfn-lint. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './programs.ts';
import { pythonTool } from './python.ts';

// W3005: the CDK names dependencies that a reference implies already.
const OPTIONS = ['--regions', 'us-east-1', '--ignore-checks', 'W3005'];

/** All templates, by all other rules of cfn-lint. */
export async function tryTemplates(): Promise<boolean> {
  const linter = await pythonTool('cfn-lint');
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-templates-'));
  try {
    if (!(await run(['npx', 'cdk', 'synth', '--quiet', '--output', folder]))) return false;
    const templates = readdirSync(folder).filter((file) => file.endsWith('.template.json'));
    return await run([linter, ...OPTIONS, '--', ...templates.map((file) => join(folder, file))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
