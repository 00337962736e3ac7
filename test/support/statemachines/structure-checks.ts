/** What the schema of definitions cannot see in the structure of a workflow. */
import type { Definition, State, Workflow } from '#local/aws/stepfunctions/definition/definition';

const RESERVED_ERRORS = [
  'States.ALL',
  'States.DataLimitExceeded',
  'States.HeartbeatTimeout',
  'States.NoChoiceMatched',
  'States.QueryEvaluationError',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
];

/** Missing and unreachable states, names used twice, and fields that contradict each other. */
export function structureProblems(definition: Definition): string[] {
  const names = workflowsOf(definition).flatMap((workflow) => Object.keys(workflow.States));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...twice.map((name) => `State "${name}": another state has this name.`),
    ...workflowsOf(definition).flatMap(flowProblems),
  ];
}

/** The workflow and those inside its Map states, at any depth. */
function workflowsOf(workflow: Workflow): Workflow[] {
  const inner = Object.values(workflow.States).flatMap((state) => (state.Type === 'Map' ? [state.ItemProcessor] : []));
  return [workflow, ...inner.flatMap(workflowsOf)];
}

function flowProblems(workflow: Workflow): string[] {
  const known = new Set(Object.keys(workflow.States));
  const reached = reach(workflow);
  const start = known.has(workflow.StartAt) ? [] : [`Field "StartAt": there is no state "${workflow.StartAt}" here.`];
  const own = Object.entries(workflow.States).flatMap(([name, state]) => [
    ...targets(state)
      .filter(([, target]) => !known.has(target))
      .map(([field, target]) => `State "${name}", field "${field}": there is no state "${target}" here.`),
    ...(start.length > 0 || reached.has(name) ? [] : [`State "${name}": no state leads here.`]),
    ...stateProblems(state).map(([field, problem]) => `State "${name}", field "${field}": ${problem}`),
  ]);
  return [...start, ...own];
}

function reach(workflow: Workflow): Set<string> {
  const reached = new Set([workflow.StartAt]);
  for (const name of reached) {
    const state = Object.hasOwn(workflow.States, name) ? workflow.States[name] : undefined;
    for (const [, target] of state ? targets(state) : []) reached.add(target);
  }
  return reached;
}

function targets(state: State): [field: string, target: string][] {
  const found: [string, string | undefined][] = [];
  if ('Next' in state) found.push(['Next', state.Next]);
  if (state.Type === 'Choice') {
    found.push(['Default', state.Default]);
    state.Choices.forEach((each, index) => {
      found.push([`Choices.${index}.Next`, each.Next]);
    });
  }
  if ('Catch' in state) {
    state.Catch?.forEach((each, index) => {
      found.push([`Catch.${index}.Next`, each.Next]);
    });
  }
  return found.flatMap(([field, target]) => (target === undefined ? [] : [[field, target]]));
}

type Problem = [field: string, problem: string];

function stateProblems(state: State): Problem[] {
  const problems: Problem[] = [];
  if (!['Choice', 'Succeed', 'Fail'].includes(state.Type)) {
    const ways = Number('Next' in state) + Number('End' in state);
    if (ways !== 1) problems.push(['Next', 'a state has either Next or "End": true.']);
  }
  if (state.Type === 'Task') {
    const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = state;
    if (heartbeat !== undefined && !state.Resource.endsWith('.waitForTaskToken')) {
      problems.push(['HeartbeatSeconds', 'only a task that waits for its token can send heartbeats.']);
    }
    if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
      problems.push(['HeartbeatSeconds', 'it must be smaller than TimeoutSeconds.']);
    }
  }
  if (state.Type === 'Task' || state.Type === 'Map') {
    problems.push(...errorProblems('Retry', state.Retry), ...errorProblems('Catch', state.Catch));
    state.Retry?.forEach(({ IntervalSeconds = 1, MaxDelaySeconds }, index) => {
      if (MaxDelaySeconds !== undefined && MaxDelaySeconds <= IntervalSeconds) {
        problems.push([`Retry.${index}.MaxDelaySeconds`, 'it must be greater than IntervalSeconds.']);
      }
    });
  }
  return problems;
}

function errorProblems(field: string, rules: readonly { ErrorEquals: string[] }[] = []): Problem[] {
  return rules.flatMap(({ ErrorEquals: names }, index) => {
    const where = `${field}.${index}.ErrorEquals`;
    const unknown = names.filter((name) => name.startsWith('States.') && !RESERVED_ERRORS.includes(name));
    const all = names.includes('States.ALL') && (names.length > 1 || index < rules.length - 1);
    return [
      ...unknown.map((name): Problem => [where, `no error of this host is called "${name}".`]),
      ...(all ? [[where, 'States.ALL stands alone, and in the last rule.'] satisfies Problem] : []),
    ];
  });
}
