/** What the commands that list something have in common. */
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { show } from '#cli/output/format';
import { note } from '#cli/output/notes';
import { MAX_PAGE_ITEMS } from '#domain/limits';
import { statusName } from '#domain/statuses';
import type { Session } from './session.ts';

/** A page as the API replies it. */
type Page<Each> = { readonly items: readonly Each[]; readonly cursor?: string | undefined };
type Shown<Each> = { readonly page: Page<Each>; readonly text: (items: readonly Each[]) => string };

/** Prints a page; if there is more, stderr says how to go on. */
export async function showPage<Each>({ format }: Session, { page, text }: Shown<Each>): Promise<void> {
  await show(format, page, ({ items }) => text(items));
  if (page.cursor !== undefined) note(`There may be more: the same with --cursor ${page.cursor}`);
}

/** A parser of `--limit`. */
export function pageLimit(text: string): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1 && value <= MAX_PAGE_ITEMS) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_PAGE_ITEMS}.`);
}

/** Parses an option that takes one of these, as it is or in the words in which people see it. */
export function oneOf<Value extends string>(values: readonly Value[]): (text: string) => Value {
  return (text) => {
    const letters = lettersOf(text);
    const value = values.find((each) => [each, statusName(each)].map(lettersOf).includes(letters));
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`It must be one of ${values.join(', ')}.`);
  };
}

/** Parses an option that takes one or several of these, with commas between. */
export function someOf(values: readonly string[]): (text: string) => string {
  return (text) => text.split(',').map(oneOf(values)).join(',');
}

/** An apostrophe has two forms, and some leave it out. */
function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, '');
}
