/** Expressions of DynamoDB, with placeholders for all names and values. */

/** One condition of a guarded write. */
export type Condition =
  | { readonly attribute: string; readonly in: readonly unknown[] }
  | { readonly attribute: string; readonly exists: boolean }
  /** For a string set: it has this member. */
  | { readonly attribute: string; readonly contains: string }
  /** It is absent, or at or before this text or number. */
  | { readonly attribute: string; readonly notAfter: string | number };

/** The placeholders of one request. */
export class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  /** The placeholder of an attribute's name. */
  name(attribute: string): string {
    this.names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  }

  /** The placeholder of a value. */
  value(given: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = given;
    return placeholder;
  }
}

/** The parts of a request that make it depend on these conditions: all must hold. */
export function conditionsOf(when: readonly Condition[], placeholders: Placeholders) {
  return {
    ...(when.length > 0
      ? { ConditionExpression: when.map((each) => conditionExpression(each, placeholders)).join(' AND ') }
      : {}),
    ExpressionAttributeNames: placeholders.names,
    ...(Object.keys(placeholders.values).length > 0 ? { ExpressionAttributeValues: placeholders.values } : {}),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

function conditionExpression(condition: Condition, placeholders: Placeholders): string {
  const attribute = placeholders.name(condition.attribute);
  if ('exists' in condition) return `${condition.exists ? 'attribute_exists' : 'attribute_not_exists'}(${attribute})`;
  if ('contains' in condition) return `contains(${attribute}, ${placeholders.value(condition.contains)})`;
  if ('notAfter' in condition)
    return `(attribute_not_exists(${attribute}) OR ${attribute} <= ${placeholders.value(condition.notAfter)})`;
  return isOneOf(attribute, condition.in, placeholders);
}

/** The comparison IN takes 100 values at most (DynamoDB Developer Guide, "Condition and filter expressions"). */
const MAX_IN_VALUES = 100;

function isOneOf(attribute: string, values: readonly unknown[], placeholders: Placeholders): string {
  const parts = Array.from({ length: Math.max(1, Math.ceil(values.length / MAX_IN_VALUES)) }, (_, part) => {
    const some = values.slice(part * MAX_IN_VALUES, (part + 1) * MAX_IN_VALUES);
    return `${attribute} IN (${some.map((each) => placeholders.value(each)).join(', ')})`;
  });
  return parts.length === 1 ? parts.join() : `(${parts.join(' OR ')})`;
}
