/** Reads the expressions of requests, as far as the limits need them. */

import { z } from 'zod';

/** An item or a part of one, in DynamoDB's JSON. */
export type Attributes = Readonly<Record<string, unknown>>;
/** An expression's placeholders. */
export type Placeholders = {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
};

/** The value that a key condition demands of the attribute by `=`; undefined if it demands none. */
export function equalTo(attribute: string, condition: string, placeholders: Placeholders): unknown {
  for (const [, name = '', value = ''] of condition.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    if (nameOf(name, placeholders) === attribute) return placeholders.ExpressionAttributeValues?.[value];
  }
  return undefined;
}

/** Whether the value of the sort key fits what a key condition says of it. Only strings are compared. */
export function sortKeyFits(
  attribute: string,
  value: unknown,
  query: Placeholders & { readonly KeyConditionExpression: string },
): boolean {
  const text = textOf(value);
  const bound = (placeholder = '') => textOf(query.ExpressionAttributeValues?.[placeholder]);
  const conditions = /(#?\w+)\s*(,|<=|>=|=|<|>|\bBETWEEN\b)\s*(:\w+)(?:\s+AND\s+(:\w+))?/gi;
  return [...query.KeyConditionExpression.matchAll(conditions)]
    .filter(([, name = '']) => nameOf(name, query) === attribute)
    .every(([, , sign = '', low, high]) => COMPARISONS[sign.toUpperCase()]?.(text, bound(low), bound(high)));
}

const COMPARISONS: Readonly<Record<string, (value: string, low: string, high: string) => boolean>> = {
  // The comma of begins_with.
  ',': (value, low) => value.startsWith(low),
  '=': (value, low) => value === low,
  '<': (value, low) => value < low,
  '<=': (value, low) => value <= low,
  '>': (value, low) => value > low,
  '>=': (value, low) => value >= low,
  BETWEEN: (value, low, high) => value >= low && value <= high,
};

/** An item as an update expression leaves it. A value that is computed differs from every other. */
export function updated(old: Attributes, expression: string, placeholders: Placeholders): Attributes {
  const next: Record<string, unknown> = { ...old };
  for (const [verb, part] of partsOf(expression)) {
    const [, path = '', operand = ''] = /^\s*([^=\s]+)\s*=?\s*(.*?)\s*$/s.exec(part) ?? [];
    const name = nameOf(path.replace(/[.[].*$/s, ''), placeholders);
    const isWhole = !/[.[]/.test(path);
    if (verb === 'REMOVE' && isWhole) delete next[name];
    else next[name] = verb === 'SET' && isWhole ? operandOf(operand, old[name], placeholders) : COMPUTED;
  }
  return next;
}

const COMPUTED = { computed: true };

/** Each comma-separated part of an update expression, with the verb of its clause. */
function partsOf(expression: string): [verb: string, part: string][] {
  const words = expression.split(/\b(SET|REMOVE|ADD|DELETE)\b(?=\s)/i).slice(1);
  const clauses = words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : []));
  // A comma within a function's parentheses parts nothing.
  return clauses.flatMap(([verb, text]) =>
    text.split(/,(?![^(]*\))/).map((part): [string, string] => [verb.toUpperCase(), part]),
  );
}

function operandOf(operand: string, old: unknown, { ExpressionAttributeValues = {} }: Placeholders): unknown {
  if (/^:\w+$/.test(operand)) return ExpressionAttributeValues[operand];
  const [, value = ''] = /^if_not_exists\s*\([^,]+,\s*(:\w+)\s*\)$/.exec(operand) ?? [];
  return value === '' ? COMPUTED : (old ?? ExpressionAttributeValues[value]);
}

const textSchema = z.object({ S: z.string() });

function textOf(value: unknown): string {
  return textSchema.safeParse(value).data?.S ?? '';
}

function nameOf(name: string, { ExpressionAttributeNames = {} }: Placeholders): string {
  return name.startsWith('#') ? (ExpressionAttributeNames[name] ?? name) : name;
}
