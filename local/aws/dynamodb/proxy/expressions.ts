/** Reads the expressions of requests, as far as the limits need them. */

/** An item or a part of one, in DynamoDB's JSON. */
export type Attributes = Readonly<Record<string, unknown>>;
/** An expression's placeholders. */
type Placeholders = {
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

function nameOf(name: string, { ExpressionAttributeNames = {} }: Placeholders): string {
  return name.startsWith('#') ? (ExpressionAttributeNames[name] ?? name) : name;
}
