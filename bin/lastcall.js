#!/usr/bin/env node
// Plain JavaScript for any Node from 20 on. In the package the commands are JavaScript, too, and only `local` needs
// Node 24; in the repository they are TypeScript, which only Node 24 reads.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const CACHE = new URL('../node_modules/.cache/lastcall', import.meta.url);
const require = createRequire(import.meta.url);
const isSource = existsSync(new URL('../cli/main.ts', import.meta.url));
const needsNewest = isSource || process.argv.includes('local');

if (needsNewest && Number.parseInt(process.versions.node, 10) < NEEDED) runAgain(findNode());
else await run();

async function run() {
  // Half of the time that `--help` takes in the repository goes to types. In the package there is nothing to gain.
  if (isSource) nodeModule.enableCompileCache(fileURLToPath(CACHE));
  const { main } = isSource ? await import('../cli/main.ts') : await import('../dist/cli/main.js');
  await main(require('../package.json').version);
}

/** Node 24 comes as a package for each platform. */
function findNode() {
  const { platform, arch } = process;
  for (const name of [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`, 'node']) {
    try {
      return require.resolve(`${name}/bin/node`);
    } catch {}
  }
  console.error(`lastcall: this needs Node ${NEEDED} or later, and here is ${process.versions.node}.`);
  console.error(`  Next: install Node ${NEEDED}, or install lastcall again without --omit=optional`);
  process.exit(1);
}

function runAgain(node) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(1)], { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 0 : 1);
  });
}
