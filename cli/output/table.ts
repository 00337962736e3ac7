/** Tables without borders, as wide as what they hold: ids are never cut. */
import Table from 'cli-table3';
import { styled } from './notes.ts';

/** A column: its name, and its text for a row. */
export type Column<Row> = { readonly name: string; readonly of: (row: Row) => string | number | undefined };

const PARTS = ['top', 'bottom', 'left', 'right', 'mid'];
const BORDERS = [
  'top-mid',
  'top-left',
  'top-right',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left-mid',
  'mid-mid',
];
const NO_BORDERS = Object.fromEntries([...PARTS, ...BORDERS, 'right-mid'].map((part) => [part, '']));

/** The rows as a table, or the words for none. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[], none: string): string {
  if (rows.length === 0) return none;
  const heads = columns.map(({ name }) => styled('bold', name.toUpperCase()));
  const cells = rows.map((row) => columns.map(({ of }) => onOneLine(String(of(row) ?? ''))));
  return textOf([heads, ...cells]);
}

/** Names and values, one pair a line; what has no value is left out. */
export function pairsOf(pairs: readonly (readonly [string, string | number | undefined])[]): string {
  const given = pairs.filter(([, value]) => value !== undefined && value !== '');
  return textOf(given.map(([name, value]) => [styled('bold', name), onOneLine(String(value))]));
}

function textOf(rows: readonly (readonly string[])[]): string {
  const table = new Table({
    chars: { ...NO_BORDERS, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names come from others: a control character must not reach the terminal. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
