#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: the rest needs Node 24, which comes with the packages.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';

const require = createRequire(import.meta.url);
const WRONG_USE = 2;

if (Number.parseInt(process.versions.node, 10) >= 24) await run();
else runAgain(require.resolve('node/bin/node'));

async function run() {
  const { addLocalCommand } = await import('#local/command');
  const program = new Command('lastcall').version(require('../package.json').version);
  program.description('Runs batch jobs and stops them safely.').showHelpAfterError().exitOverride();
  addLocalCommand(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
  }
}

function runAgain(node) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(1)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 0 : 1);
  });
}
