import type { z } from 'zod';
import { type Definition, definitionSchema } from './definition.ts';
import { expressionProblems } from './expression-checks.ts';
import { structureProblems } from './structure-checks.ts';

/** Why a definition does not load: each problem names its state and its field. */
export class DefinitionRefused extends Error {
  override readonly name = 'DefinitionRefused';
  readonly problems: readonly string[];

  constructor(stateMachine: string, problems: readonly string[]) {
    super(`The definition of the state machine "${stateMachine}" is refused: ${problems.join(' ')}`);
    this.problems = problems;
  }
}

/**
 * Reads a definition (ASL as JSON text), and refuses whatever the interpreter would not do exactly as AWS does:
 * unknown state types, fields and resources, JSONPath, states without a way to or from them, wrong expressions.
 * Throws DefinitionRefused with all problems found.
 */
export function loadDefinition(stateMachine: string, text: string): Definition {
  const parsed = definitionSchema.safeParse(parseJson(stateMachine, text));
  if (!parsed.success) {
    throw new DefinitionRefused(stateMachine, [...new Set(parsed.error.issues.flatMap((each) => describe(each)))]);
  }
  const problems = [...structureProblems(parsed.data), ...expressionProblems(parsed.data)];
  if (problems.length > 0) throw new DefinitionRefused(stateMachine, problems);
  return parsed.data;
}

function parseJson(stateMachine: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DefinitionRefused(stateMachine, [`It is not JSON: ${error instanceof Error ? error.message : error}.`]);
  }
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${place([...path, key])}: this field is not supported.`);
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.flatMap((option) => option.flatMap((each) => describe(each, path)));
  }
  return [`${place(path)}: ${issue.message}.`];
}

/** The innermost state of a path and the field in it. */
function place(path: readonly PropertyKey[]): string {
  const states = path.lastIndexOf('States');
  const inState = states >= 0 && path.length > states + 1;
  const field = path.slice(inState ? states + 2 : 0).join('.');
  const where = inState ? `State "${String(path[states + 1])}"` : 'Top level';
  return field === '' ? where : `${where}, field "${field}"`;
}
