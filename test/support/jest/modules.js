/**
 * How a suite loads its modules: those of the house anew for each suite, so that none finds what another has left in
 * them; packages once for all suites of a worker, so that they are compiled, and quick, after the first.
 */
import { readFileSync, statSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Marks the modules of one suite: what they import gets the mark of their own URL. */
const MARK = /\?suite=\d+$/;
/** What the package exports is tested as source. */
const CONDITION = 'lastcall-source';
const GLOBALS = '@jest/globals';

/** By path. */
const sources = new Map();
let suites = 0;
let globals = {};

registerHooks({ resolve, load });

/** Imports the modules of one suite, which get these globals of jest. */
export class SuiteModules {
  #mark = `?suite=${++suites}`;

  async import(path, globalsOfSuite) {
    globals = globalsOfSuite;
    return await import(pathToFileURL(path) + this.#mark);
  }
}

/** For the module that stands for `@jest/globals`. */
export function currentGlobals() {
  return globals;
}

function resolve(specifier, context, next) {
  const [mark] = MARK.exec(context.parentURL ?? '') ?? [];
  if (mark === undefined || context.parentURL.startsWith(GLOBALS)) return next(specifier, context);
  if (specifier === GLOBALS) return { url: `${GLOBALS}:${mark}`, format: 'module', shortCircuit: true };
  const found = next(specifier, { ...context, conditions: [...context.conditions, CONDITION] });
  const isOfHouse = found.url.startsWith('file:') && !found.url.includes('/node_modules/');
  return isOfHouse ? { ...found, url: found.url + mark } : found;
}

function load(url, context, next) {
  if (!MARK.test(url)) return next(url, context);
  if (url.startsWith(GLOBALS)) return moduleOf(sourceOfGlobals());
  const path = fileURLToPath(url);
  return path.endsWith('.ts') ? moduleOf(sourceAt(path)) : next(url, context);
}

function moduleOf(source) {
  return { format: 'module', source, shortCircuit: true };
}

function sourceOfGlobals() {
  return `import { currentGlobals } from ${JSON.stringify(import.meta.url)};
    export const { ${Object.keys(globals)} } = currentGlobals();`;
}

/** Node strips the types once for all suites of a worker, until the file changes. */
function sourceAt(path) {
  const { mtimeMs } = statSync(path);
  const known = sources.get(path);
  if (known?.mtimeMs === mtimeMs) return known.source;
  // The address names the file in an error of syntax.
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'), { sourceUrl: path });
  sources.set(path, { mtimeMs, source });
  return source;
}
