/** What the schema of definitions cannot see in the expressions of a workflow. */
import jsonata from 'jsonata';
import type { Definition, PassesOn, State, Workflow } from '#local/aws/stepfunctions/definition/definition';
import { isExpression } from '#local/aws/stepfunctions/execution/expressions';
import { MAX_NAME_CHARACTERS } from '#local/aws/stepfunctions/limits';
import { isBuiltIn, namesIn } from './expression-names.ts';

const VARIABLE = /^\p{ID_Start}[\p{ID_Continue}_]*$/u;
/** Fields without expressions. */
const PLAIN_FIELDS = [
  'Type',
  'Comment',
  'Next',
  'End',
  'Default',
  'Resource',
  'Retry',
  'Catch',
  'Choices',
  'ItemProcessor',
];
const ALWAYS = ['input', 'context'];

/** What an expression can read: parts of `$states`, and the variables that some state assigns. */
type Sight = { readonly parts: readonly string[]; readonly variables: ReadonlySet<string> };
type Field = { readonly field: string; readonly template: unknown; readonly parts: readonly string[] };

/** Expressions with wrong syntax or unknown names, and variables that cannot be assigned. */
export function expressionProblems(definition: Definition): string[] {
  return scopeProblems(definition, new Set());
}

function scopeProblems(workflow: Workflow, outer: ReadonlySet<string>): string[] {
  const states = Object.entries(workflow.States);
  const variables = new Set([...outer, ...states.flatMap(([, state]) => assignedBy(state))]);
  return states.flatMap(([name, state]) => [
    ...assignedBy(state).flatMap((variable) =>
      variableProblems(variable, outer).map((each) => `State "${name}", ${each}`),
    ),
    ...fieldsOf(state).flatMap(({ field, template, parts }) =>
      templateProblems(template, { parts, variables }).map((each) => `State "${name}", field "${field}": ${each}`),
    ),
    ...(state.Type === 'Map' ? scopeProblems(state.ItemProcessor, variables) : []),
  ]);
}

function variableProblems(variable: string, outer: ReadonlySet<string>): string[] {
  const usable = VARIABLE.test(variable) && variable.length <= MAX_NAME_CHARACTERS && variable !== 'states';
  return [
    ...(usable ? [] : [`field "Assign": "${variable}" cannot be a variable's name.`]),
    ...(outer.has(variable) ? [`field "Assign": "${variable}" belongs to the states around this Map.`] : []),
  ];
}

function assignedBy(state: State): string[] {
  const all: PassesOn[] = [...('Assign' in state ? [state] : []), ...rulesOf(state).map(([, rule]) => rule)];
  return all.flatMap((each) => Object.keys(each.Assign ?? {}));
}

function rulesOf(state: State): [field: string, rule: PassesOn][] {
  if (state.Type === 'Choice') return state.Choices.map((rule, index) => [`Choices.${index}`, rule]);
  if (state.Type !== 'Task' && state.Type !== 'Map') return [];
  return (state.Catch ?? []).map((rule, index) => [`Catch.${index}`, rule]);
}

function fieldsOf(state: State): Field[] {
  const hasResult = state.Type === 'Task' || state.Type === 'Map';
  const own = Object.entries(state).map(([field, template]) => ({
    field,
    template,
    parts: hasResult && (field === 'Output' || field === 'Assign') ? [...ALWAYS, 'result'] : ALWAYS,
  }));
  const ofRules = rulesOf(state).flatMap(([above, rule]) =>
    Object.entries(rule).map(([field, template]) => ({
      field: `${above}.${field}`,
      template,
      parts: hasResult ? [...ALWAYS, 'errorOutput'] : ALWAYS,
    })),
  );
  const plain = new Set([...PLAIN_FIELDS, 'ErrorEquals']);
  return [...own, ...ofRules].filter(({ field }) => !plain.has(field.split('.').at(-1) ?? ''));
}

function templateProblems(template: unknown, sight: Sight): string[] {
  if (typeof template === 'string') return textProblems(template, sight);
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, value]) => [
    ...(key.endsWith('.$') ? [`"${key}" is JSONPath, which is not supported.`] : []),
    ...templateProblems(value, sight),
  ]);
}

function textProblems(text: string, sight: Sight): string[] {
  if (!isExpression(text)) {
    const halfMarked = text.startsWith('{%') || text.endsWith('%}');
    return halfMarked ? [`"${text}" must be {% ... %} from its first to its last character.`] : [];
  }
  try {
    return nameProblems(text, sight);
  } catch (error) {
    const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
    return [`"${text}" is not JSONata: ${message}`];
  }
}

function nameProblems(text: string, sight: Sight): string[] {
  const { variables, statesParts } = namesIn(jsonata(text.slice(2, -2)).ast());
  const unknown = [...variables].filter((name) => !sight.variables.has(name) && !isBuiltIn(name));
  const unseen = [...statesParts].filter((part) => !sight.parts.includes(part));
  return [
    ...unknown.map((name) => `"$${name}" in "${text}" is neither a function of this host nor assigned by any state.`),
    ...unseen.map(
      (part) => `"$states${part && `.${part}`}" in "${text}" is not there; only ${sight.parts.join(', ')}.`,
    ),
  ];
}
