/** The record that was named last on this machine, for `@last`. */
import { isObject, readEntry, writeEntry } from './json-file.ts';

/** What an id can name. */
export type Noun = 'job' | 'abort';

const FILE = 'last.json';

/** The id that was used last with this system. */
export async function lastId(url: string, noun: Noun): Promise<string | undefined> {
  const entry = await readEntry(FILE, url);
  const id = isObject(entry) ? entry[noun] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Remembers the id. A folder that cannot be written costs `@last`, not the command. */
export async function rememberId(url: string, noun: Noun, id: string): Promise<void> {
  const entry = await readEntry(FILE, url);
  await writeEntry(FILE, url, { ...(isObject(entry) ? entry : {}), [noun]: id }).catch(() => {});
}
