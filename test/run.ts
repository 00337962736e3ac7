/**
 * `npm test`: lint, types and tests side by side. What lint and types have found is printed last, below the results of
 * the tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Most programs that the tests start are started often: Node keeps what it has compiled of them. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled');

type Outcome = { readonly script: string; readonly isGood: boolean; readonly output: string };

const checks = ['lint', 'typecheck'].map((script) => run(script, [], 'pipe'));
const tests = run('jest', process.argv.slice(2), 'inherit');
const outcomes = await Promise.all([tests, ...checks]);
for (const { script, isGood, output } of outcomes) {
  process.stderr.write(output);
  if (!isGood) console.error(`npm run ${script} failed.`);
}
process.exit(outcomes.every(({ isGood }) => isGood) ? 0 : 1);

/** Runs a script of the package to its end; what is piped is its output. */
async function run(script: string, args: readonly string[], stdio: 'pipe' | 'inherit'): Promise<Outcome> {
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, NODE_COMPILE_CACHE },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { script, isGood: code === 0, output };
}
