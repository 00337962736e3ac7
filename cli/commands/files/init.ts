import { writeFile } from 'node:fs/promises';
import type { Command } from '@commander-js/extra-typings';
import { wrongUse } from '#cli/exit-codes';
import { exampleFile } from '#cli/files/example';
import { note, suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';

const DEFAULT_FILE = 'job.lastcall.yaml';

/** Declares `lastcall init`. */
export function init(command: Command): void {
  command.argument('[file]', 'the file to write', DEFAULT_FILE).action(async (path, _options, self) => {
    const { client } = await openSession(self);
    // A file that exists is never overwritten.
    await writeFile(path, exampleFile(client.url), { flag: 'wx' }).catch((error: unknown) => {
      const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      const why = error instanceof Error ? error.message : String(error);
      throw wrongUse(isThere ? `${path} exists already.` : `${path} cannot be written: ${why}`, 'lastcall init OTHER');
    });
    note(`Wrote ${path}.`);
    suggest(`lastcall validate ${path}, then lastcall submit ${path} --watch`);
  });
}
