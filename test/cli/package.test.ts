/** The packed package, installed in an empty folder: it starts the system, drives it, and can be imported. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import packageFile from '#package' with { type: 'json' };
import { openTerminal } from '#test/support/cli/terminal';
import { freePorts } from '#test/support/flows/ports';
import { eventually, isHealthyAt } from '#test/support/flows/system';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const PACK_LIMIT_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'lastcall-package-'));
const modules = join(folder, 'node_modules');
const installed = join(modules, packageFile.name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What npm packs, unpacked where npm would; what it depends on is that of the repository. */
beforeAll(() => {
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: REPOSITORY, encoding: 'utf8', timeout: PACK_LIMIT_MS });
  npm('pack', '--silent', '--pack-destination', folder);
  execFileSync('sh', ['-c', `mkdir -p ${installed} && tar xzf *.tgz -C ${installed} --strip-components 1`], {
    cwd: folder,
  });
  const names = [...Object.keys(packageFile.dependencies), ...Object.keys(packageFile.optionalDependencies)];
  const scoped = (name: string) => (name.startsWith('@') ? name.slice(0, name.indexOf('/')) : name);
  const there = readdirSync(join(REPOSITORY, 'node_modules'));
  for (const name of new Set(names.map(scoped)))
    if (there.includes(name)) symlinkSync(join(REPOSITORY, 'node_modules', name), join(modules, name));
}, PACK_LIMIT_MS);

test('has no sources, and all that it starts by path', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  for (const file of ['server/main.js', 'server/Dockerfile', 'statemachines/abort-job.asl.json', 'package-lock.json'])
    expect(files).toContain(join('dist', file));
});

test('starts the system, and drives it from a job file to the end', async () => {
  const port = await freePorts(4);
  const program = join(installed, 'bin', 'lastcall.js');
  const host = spawn(process.execPath, [program, 'local', '--port', String(port), '--servers', '1'], {
    stdio: 'ignore',
  });
  const ended = once(host, 'close');
  try {
    await eventually(() => isHealthyAt(port), { limitMs: 30_000 });
    const shell = openTerminal(`http://127.0.0.1:${port}`, {}, program);
    expect((await shell.run('login', '--user', 'ann', '--role', 'BatchUser')).code).toBe(0);
    expect((await shell.run('init')).code).toBe(0);
    expect((await shell.run('submit', 'job.lastcall.yaml', '--watch')).code).toBe(0);
  } finally {
    host.kill('SIGTERM');
    await ended;
  }
});

test('is imported as lastcall/client and lastcall/sdk', () => {
  const file = join(folder, 'user.mjs');
  const source = `import { Client } from 'lastcall/client';
    import { defineHandler, z } from 'lastcall/sdk';
    console.log([Client, defineHandler, z.object].map((each) => typeof each).join());`;
  writeFileSync(file, source);
  expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe('function,function,function\n');
});
