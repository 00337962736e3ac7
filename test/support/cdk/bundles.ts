/** The bundles of the functions, as a synthesis has them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Synthesis } from './synthesis.ts';

const IMPORTED = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

/** Their directory. */
export function bundlesOf({ directory }: Synthesis): string {
  const assets = readdirSync(directory).filter((name) => /^asset\.[^.]+$/.test(name));
  const found = assets.find((name) => readdirSync(join(directory, name)).includes('reap.mjs'));
  if (found === undefined) throw new Error(`No asset in ${directory} has the reaper.`);
  return join(directory, found);
}

/** The bytes that each function loads, shared chunks included, source maps not; by the names of the functions. */
export function bundleBytes(synthesis: Synthesis): Map<string, number> {
  const directory = bundlesOf(synthesis);
  const entries = readdirSync(directory).filter((name) => name.endsWith('.mjs'));
  return new Map(entries.map((name) => [name.slice(0, -'.mjs'.length), bytesFrom(join(directory, name))]));
}

function bytesFrom(entry: string): number {
  const reached = new Set([entry]);
  for (const file of reached)
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED))
      reached.add(join(dirname(file), imported));
  return [...reached].reduce((bytes, file) => bytes + statSync(file).size, 0);
}
