import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { pageLimit, showPage, someOf } from '#cli/lists';
import { isJobColumn, JOB_COLUMNS, type JobColumn, jobsText } from '#cli/output/jobs';
import { note } from '#cli/output/notes';
import { openSession, type Session } from '#cli/session';
import { whoIsIt } from '#cli/who';
import type { Request } from '#client/client';
import { pause } from '#client/pace';
import { JOB_STATUSES } from '#domain/statuses';

type Query = NonNullable<Request<'GET /jobs'>['query']>;
type Show = { readonly query: Query; readonly columns: readonly JobColumn[] | undefined };

const WATCH_MS = 2_000;

/** Declares `lastcall jobs`. */
export function jobs(command: Command): void {
  command
    .option('--status <statuses>', `with commas between: ${JOB_STATUSES.join(', ')}`, someOf(JOB_STATUSES))
    .option('--group <name>', 'of this batch group')
    .option('--mine', 'my own')
    .option('--limit <number>', 'how many at most', pageLimit)
    .option('--cursor <cursor>', 'go on after that page')
    .option('--columns <names>', `of the table: ${JOB_COLUMNS.join(',')}`, columnNames)
    .option('--watch', 'print the list again and again, until Ctrl-C')
    .action(async ({ status, group, mine = false, limit, cursor, columns, watch }, self) => {
      const session = await openSession(self);
      const createdBy = mine ? (await whoIsIt(session)).user : undefined;
      const how = { query: given({ status, batchGroup: group, createdBy, limit, cursor }), columns };
      await list(session, how);
      while (watch) {
        await pause(WATCH_MS, session.signal);
        note('');
        await list(session, how);
      }
    });
}

async function list(session: Session, { query, columns }: Show): Promise<void> {
  const { client, signal } = session;
  const page = await client.call('GET /jobs', { query, signal });
  await showPage(session, { page, text: (jobs) => jobsText(jobs, columns) });
}

function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]: NonNullable<Fields[Name]> };
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function columnNames(text: string): JobColumn[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const known = names.filter(isJobColumn);
  if (known.length === names.length) return known;
  throw new InvalidArgumentError(`The columns are ${JOB_COLUMNS.join(', ')}.`);
}
