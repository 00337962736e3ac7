/** Evaluates the JSONata expressions `{% ... %}` of a definition, with the package that AWS uses too. */
import jsonata from 'jsonata';
import { MAX_EXPRESSION_MS } from '#local/aws/stepfunctions/limits';
import { QueryFailure } from './failures.ts';

/** Names an expression in the message of its failure. */
type Place = { readonly state: string; readonly field: string; readonly enteredEventId: number };
type Bindings = Readonly<Record<string, unknown>>;

const compiled = new Map<string, jsonata.Expression>();

/** Whether a string is an expression. Text around the marks makes it plain text, as on AWS. */
export function isExpression(text: string): boolean {
  return text.length >= 4 && text.startsWith('{%') && text.endsWith('%}');
}

/** Throws JSONata's error when the syntax is wrong. */
function compile(text: string): jsonata.Expression {
  const known = compiled.get(text);
  if (known) return known;
  const expression = jsonata(text.slice(2, -2), { timeout: MAX_EXPRESSION_MS });
  compiled.set(text, expression);
  return expression;
}

/**
 * The value of a template: JSON in which each expression, at any depth, is replaced by its result.
 * `$now()` reads the machine's clock; `$millis()` is bound by the caller.
 * @throws QueryFailure when an expression throws, returns nothing, or returns something other than JSON
 */
export async function evaluateTemplate(template: unknown, bindings: Bindings, place: Place): Promise<unknown> {
  if (typeof template === 'string') return isExpression(template) ? evaluate(template, bindings, place) : template;
  if (Array.isArray(template)) {
    return Promise.all(template.map((each) => evaluateTemplate(each, bindings, place)));
  }
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template).map(async ([key, value]) => [
    key,
    await evaluateTemplate(value, bindings, place),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function evaluate(text: string, bindings: Bindings, place: Place): Promise<unknown> {
  const subject = `The JSONata expression '${text.slice(2, -2).trim()}' specified for the field '${place.field}'`;
  const result: unknown = await compile(text)
    .evaluate(undefined, { ...bindings })
    .catch((error: unknown) => {
      throw new QueryFailure(place, `${subject} threw an error during evaluation. ${messageOf(error)}`);
    });
  if (result === undefined) throw new QueryFailure(place, `${subject} returned nothing (undefined).`);
  if (!isJson(result)) throw new QueryFailure(place, `${subject} returned an unsupported result type.`);
  // A copy: results may share parts with the bindings, and JSONata marks its arrays and objects.
  return JSON.parse(JSON.stringify(result));
}

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const code = 'code' in error ? `${error.code}: ` : '';
  return 'message' in error ? `${code}${error.message}` : `${code}${JSON.stringify(error)}`;
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== 'object' || '_jsonata_lambda' in value || '_jsonata_function' in value) return false;
  return Object.values(value).every(isJson);
}
