/** A private file that holds one JSON object, with an entry for each system by its URL. */
import { readIfThere, stateFile, writePrivately } from './places.ts';

/** Whether the value is an object, so that its members can be read. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entry of the system; undefined if there is none, or if the file is not readable as JSON. */
export async function readEntry(name: string, url: string): Promise<unknown> {
  return (await readAll(name))[url];
}

/** Writes the entry of the system, or removes it with `undefined`. Returns the path of the file. */
export async function writeEntry(name: string, url: string, entry: unknown): Promise<string> {
  const file = stateFile(name);
  await writePrivately(file, `${JSON.stringify({ ...(await readAll(name)), [url]: entry }, null, 2)}\n`);
  return file;
}

async function readAll(name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse((await readIfThere(stateFile(name))) ?? '{}');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
