/** The names that a JSONata expression uses. */

/** JSONata's functions except `$eval`, which AWS refuses. No workflow uses the functions that AWS adds. */
const BUILT_IN = `abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl
decodeUrlComponent distinct each encodeUrl encodeUrlComponent error exists filter floor formatBase formatInteger
formatNumber fromMillis join keys length lookup lowercase map match max merge millis min not now number pad
parseInteger power random reduce replace reverse round shuffle sift single sort split spread sqrt string substring
substringAfter substringBefore sum toMillis trim type uppercase zip`;
const FUNCTIONS = new Set(BUILT_IN.split(/\s+/));

/** The variables that an expression reads from outside, and the parts of `$states` that it reads ('' for all of it). */
type Names = { readonly variables: ReadonlySet<string>; readonly statesParts: ReadonlySet<string> };

/** Whether JSONata has a function of this name. */
export function isBuiltIn(name: string): boolean {
  return FUNCTIONS.has(name);
}

/** Reads the names in a syntax tree. A name bound anywhere in it counts as bound everywhere in it. */
export function namesIn(tree: unknown): Names {
  const used = new Set<string>();
  const bound = new Set<string>(['', '$']);
  const statesParts = new Set<string>();
  visit(tree, { used, bound, statesParts });
  return { variables: new Set([...used].filter((name) => !bound.has(name))), statesParts };
}

type Found = { used: Set<string>; bound: Set<string>; statesParts: Set<string> };

function visit(node: unknown, found: Found): void {
  if (typeof node !== 'object' || node === null) return;
  noteBindings(node, found);
  const inStates = notePath(node, found);
  const name = variableName(node);
  if (name === 'states') found.statesParts.add('');
  else if (name !== undefined) found.used.add(name);
  for (const [key, child] of Object.entries(node)) {
    visit(inStates && key === 'steps' && Array.isArray(child) ? child.slice(1) : child, found);
  }
}

/** Whether the node is a path `$states.part`; if so, notes the part, and the caller skips the first step. */
function notePath(node: object, found: Found): boolean {
  if (!('steps' in node) || !Array.isArray(node.steps)) return false;
  const [first, second]: unknown[] = node.steps;
  if (variableName(first) !== 'states' || !isObject(first) || 'predicate' in first) return false;
  if (!isObject(second) || !('type' in second) || second.type !== 'name' || !('value' in second)) return false;
  found.statesParts.add(String(second.value));
  return true;
}

function noteBindings(node: object, found: Found): void {
  if (!('type' in node)) return;
  if (node.type === 'bind' && 'lhs' in node) noteBound([node.lhs], found);
  if (node.type === 'lambda' && 'arguments' in node && Array.isArray(node.arguments)) noteBound(node.arguments, found);
  for (const key of ['focus', 'index']) {
    const name = Object.entries(node).find(([each]) => each === key)?.[1];
    if (typeof name === 'string') found.bound.add(name);
  }
}

function noteBound(nodes: readonly unknown[], found: Found): void {
  for (const node of nodes) {
    const name = variableName(node);
    if (name !== undefined) found.bound.add(name);
  }
}

function variableName(node: unknown): string | undefined {
  if (!isObject(node) || !('type' in node) || node.type !== 'variable' || !('value' in node)) return undefined;
  return String(node.value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
