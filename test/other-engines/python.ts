/** Tools in Python, in an environment of their own below node_modules. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, run } from './programs.ts';

const FOLDER = join(REPOSITORY, 'node_modules', '.cache', 'other-engines');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/**
 * The path of a tool, installed before if need be.
 * @throws Error with what to do if it cannot be installed
 */
export async function pythonTool(name: string): Promise<string> {
  const tool = join(FOLDER, 'bin', name);
  if (existsSync(tool)) return tool;
  const isInstalled =
    (await run(['python3', '-m', 'venv', FOLDER])) &&
    (await run([join(FOLDER, 'bin', 'pip'), 'install', '--quiet', '--requirement', REQUIREMENTS]));
  if (isInstalled && existsSync(tool)) return tool;
  throw new Error(`${name} cannot be installed: it needs Python 3.11 or later with venv, and pip with a registry.`);
}
