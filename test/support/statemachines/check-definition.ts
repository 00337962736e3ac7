/** The static checks of a workflow: what AWS, or a reader, would find wrong with it before it runs. */
import type { z } from 'zod';
import { definitionSchema } from '#local/aws/stepfunctions/definition/definition';
import { expressionProblems } from './expression-checks.ts';
import { structureProblems } from './structure-checks.ts';

/** Checks a definition, ASL as JSON text. Throws with all problems; each names its state and its field. */
export function checkDefinition(text: string): void {
  const problems = problemsOf(JSON.parse(text));
  if (problems.length > 0) throw new Error(problems.join(' '));
}

function problemsOf(definition: unknown): string[] {
  const parsed = definitionSchema.safeParse(definition);
  if (!parsed.success) return [...new Set(parsed.error.issues.flatMap((issue) => describe(issue)))];
  return [...structureProblems(parsed.data), ...expressionProblems(parsed.data)];
}

function describe(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${place([...path, key])}: this field is not supported.`);
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.flatMap((option) => option.flatMap((each) => describe(each, path)));
  }
  return [`${place(path)}: ${issue.message}.`];
}

/** The innermost state of a path, and the field in it. */
function place(path: readonly PropertyKey[]): string {
  const states = path.lastIndexOf('States');
  const inState = states >= 0 && path.length > states + 1;
  const field = path.slice(inState ? states + 2 : 0).join('.');
  const where = inState ? `State "${String(path[states + 1])}"` : 'Top level';
  return field === '' ? where : `${where}, field "${field}"`;
}
