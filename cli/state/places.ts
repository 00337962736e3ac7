/** Where the command line keeps its files (XDG Base Directory Specification, 0.8). */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** The file with profiles, which people write. */
export function configFile(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'lastcall', 'config.yaml');
}

/** A file that only this program writes. */
export function stateFile(name: string): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'lastcall', name);
}

/** The text of a file; undefined if there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file that only its owner can read. Another process sees the old text or the new one, never a part. */
export async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, text, { mode: PRIVATE_FILE });
  await rename(draft, file);
}
