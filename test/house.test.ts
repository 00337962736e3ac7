/** The rules of the house: arrows, no unused file or export, a complete catalog, flows that run where their names say. */
import { dirname, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CATALOG, folderOf } from '#functions/catalog/catalog';
import packageFile from '#package' with { type: 'json' };
import { ARROWS, ROOMS, ruleOf, STORE_WRITES } from '#test/support/house/arrows';
import { CROOKED } from '#test/support/house/english';
import {
  circlesIn,
  codeOf,
  exportsOf,
  filesOf,
  importedFile,
  importsOf,
  packageOf,
  sourceOf,
} from '#test/support/house/sources';

/** Files that are started or loaded by their path, not imported: each with a file that names it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'bench/run.ts': 'package.json',
  'cdk/app.ts': 'cdk.json',
  'console/main.tsx': 'console/index.html',
  'cli/main.ts': 'bin/lastcall.js',
  'local/aws/lambda/runtime-main.ts': 'local/aws/lambda/execution-environment.ts',
  'server/check-handlers.ts': 'local/handlers.ts',
  'server/main.ts': 'local/start-parts.ts',
  'server/execution/host/process-main.ts': 'server/execution/carriers/handler-process.ts',
  'server/execution/host/thread-main.ts': 'server/execution/carriers/thread.ts',
};
/** Other programs import what the package exports. */
const FOR_OTHERS = Object.values(packageFile.exports).flatMap((path) =>
  typeof path === 'string' ? [] : normalize(path['lastcall-source']),
);

/** No folder has more files, but the one that is a list: one file for each route. */
const MAX_FILES = 15;
const LISTS = /^functions\/http$/;
/** Folders whose comments, messages and test names are held to plain English. */
const PLAIN = [
  'domain',
  'store',
  'engine',
  'functions',
  'server',
  'cdk',
  'statemachines',
  'local',
  'processes',
  'client',
  'cli',
  'packaging',
  'examples',
  'test/domain',
  'test/store',
  'test/engine',
  'test/functions',
  'test/server',
  'test/cdk',
  'test/local',
  'test/processes',
  'test/client',
  'test/cli',
  'test/statemachines',
  'test/support/domain',
  'test/support/store',
  'test/support/engine',
  'test/support/functions',
  'test/support/server',
  'test/support/cdk',
  'test/support/local',
  'test/support/statemachines',
];
const MAX_COLUMNS = 120;
const UNCHECKED = /\bas (?!const\b)[\w{[(]|: any\b|<any\b|export default/;
const FUNCTIONS = new Set(CATALOG.map((entry) => `functions/${folderOf(entry)}/${entry.name}.ts`));
const USERS = new Map<string, string[]>();
for (const user of [...[...ROOMS, 'test', 'examples'].flatMap(filesOf), 'bin/lastcall.js']) {
  for (const file of new Set(importsOf(user).map((name) => importedFile(name, user)))) {
    USERS.set(file, [...(USERS.get(file) ?? []), user]);
  }
}
const isNeighbour = (name: string, file: string) => dirname(importedFile(name, file)) === dirname(file);
/** An imported file of the house, without its ending. */
const moduleOf = (name: string, file: string) => importedFile(name, file).replace(/\.ts$/, '');
/** What the file imports from the store, without types. */
const storeNamesOf = (file: string) =>
  [...sourceOf(file).matchAll(/^import \{([^}]*)\} from '#store\//gm)]
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
    .filter((name) => name !== '' && !name.startsWith('type '));
/** The files that import the file. */
const usersOf = (file: string) => USERS.get(file) ?? [];
/** What the rooms import of the file, and where, by the names of its exports. */
const importersOf = (file: string) =>
  usersOf(file)
    .filter((user) => ROOMS.some((room) => user.startsWith(`${room}/`)))
    .flatMap((user) => namesOf(file, user).map((name) => ({ user, name })));
const namesOf = (file: string, user: string) =>
  [...sourceOf(user).matchAll(/^import \{([^}]*)\} from '([^']+)'/gm)]
    .filter(([, , from = '']) => importedFile(from, user) === file)
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
    .filter((name) => name !== '');

describe.each(ROOMS)('the room %s', (room) => {
  test('imports only what its arrows allow', () => {
    const forbidden = filesOf(room).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('#'))
        .filter((name) => !ruleOf(file).imports.some((each) => name === `#${each}` || name.startsWith(`#${each}/`)))
        .map((name) => `${file} -> ${name}`),
    );
    expect(forbidden).toEqual([]);
  });

  test('uses only the packages that its arrows allow', () => {
    const forbidden = filesOf(room).flatMap((file) =>
      importsOf(file)
        .map(packageOf)
        .filter((name) => name !== undefined && !ruleOf(file).packages.includes(name))
        .map((name) => `${file} -> ${name}`),
    );
    expect(forbidden).toEqual([]);
  });

  test('is imported by alias, and a neighbour in the same folder by ./', () => {
    const wrong = filesOf(room).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('../') || (name.startsWith('#') && isNeighbour(name, file)))
        .map((name) => `${file} -> ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('has no any, no as, and no default export', () => {
    expect(filesOf(room).filter((file) => UNCHECKED.test(codeOf(sourceOf(file))))).toEqual([]);
  });

  test('exports only what another file imports', () => {
    const unused = filesOf(room)
      .filter((file) => !FOR_OTHERS.includes(file))
      .flatMap((file) => exportsOf(file).map((name) => ({ file, name })))
      // The host finds the handler of a function by the catalog.
      .filter(({ file, name }) => !(FUNCTIONS.has(file) && name === 'handler'))
      .filter(({ file, name }) => !usersOf(file).some((user) => new RegExp(`\\b${name}\\b`).test(sourceOf(user))));
    expect(unused).toEqual([]);
  });

  test('has no unused file', () => {
    const isUsed = (file: string) => usersOf(file).length > 0 || FUNCTIONS.has(file) || file in PROGRAMS;
    expect(filesOf(room).filter((file) => !isUsed(file))).toEqual([]);
  });
});

/** The exported types and functions of a source that have no comment right above them. */
const withoutSentence = (source: string) =>
  source
    .split('\n')
    .filter((line, index, lines) => EXPORTED.test(line) && !lines[index - 1]?.endsWith('*/'))
    .map((line) => EXPORTED.exec(line)?.[1]);
const EXPORTED = /^export (?:async )?(?:function\*?|class|type|interface) (\w+)/;

test.each(['domain', 'store', 'engine', 'functions', 'cdk', 'statemachines', 'local', 'processes', 'client', 'cli'])(
  'each exported type and function of the room %s has its sentence',
  (room) => {
    const silent = filesOf(room).flatMap((file) => withoutSentence(sourceOf(file)).map((name) => `${file}: ${name}`));
    expect(silent).toEqual([]);
  },
);

test('an export without its sentence is found', () => {
  const source = '/** Said. */\nexport type A = 1;\nexport class B {}\n\nexport async function* c() {}\nconst d = 1;';
  expect(withoutSentence(source)).toEqual(['B', 'c']);
});

test.each([
  'const x = y as string;',
  'const x = y as unknown as Job;',
  'const x = y as { jobId: string };',
  `const x = 'as' + \`\${y as string} as text\`;`,
  "const x = /[/'`]/.test(y as string);",
  'const x: any = y;',
])('a type by any or as is found: %s', (source) => {
  expect(codeOf(source)).toMatch(UNCHECKED);
});

test.each([
  "import { type a as b, c as d } from './e.ts';",
  "export * as b from './e.ts';",
  'const x = [1] as const;',
  `const x = \`as text \${y} as text\`; // as said`,
  "const x = 'done as asked';",
  '/** As said, as asked. */',
])('the word as in other places is not: %s', (source) => {
  expect(codeOf(source)).not.toMatch(UNCHECKED);
});

describe.each(PLAIN)('the language of %s', (folder) => {
  const lines = filesOf(folder).flatMap((file) =>
    sourceOf(file)
      .split('\n')
      .map((text, index) => ({ at: `${file}:${index + 1}`, text })),
  );

  test('is plain English', () => {
    expect(lines.filter(({ text }) => CROOKED.test(text.replaceAll("'nobody'", '')))).toEqual([]);
  });

  test(`keeps comments within ${MAX_COLUMNS} columns`, () => {
    expect(lines.filter(({ text }) => /^\s*(\/?\*|\/\/)/.test(text) && text.length > MAX_COLUMNS)).toEqual([]);
  });
});

test.each([
  'Tells whoever waits.',
  'A job of which no task runs',
  'The job comes to its end.',
  'It is to be called again',
  'Gives undefined',
  'After so many searches',
])('a crooked turn is found: %s', (text) => {
  expect(text).toMatch(CROOKED);
});

test.each(['It gives the claim back.', 'The job ends.', 'The end is near'])('a plain one is not: %s', (text) => {
  expect(text).not.toMatch(CROOKED);
});

// In the package a program ends with .js.
test.each(Object.entries(PROGRAMS))('the program %s is started by %s', (program, starter) => {
  expect(sourceOf(starter)).toContain(program.slice(program.lastIndexOf('/') + 1, -'.ts'.length));
});

test.each(Object.entries(ARROWS))('the rule of %s says why, and allows only what is needed', (folder, rule) => {
  expect(rule.why).toMatch(/^[A-Z].{40,}\.$/);
  const files = filesOf(folder).filter((file) => ruleOf(file) === rule);
  const names = files.flatMap((file) => importsOf(file).map((name) => packageOf(name) ?? `#${moduleOf(name, file)}`));
  const isUsed = (each: string) => names.some((name) => name === `#${each}` || name.startsWith(`#${each}/`));
  expect(rule.imports.filter((each) => !isUsed(each) && !folder.startsWith(each))).toEqual([]);
  expect(rule.packages.filter((each) => !names.includes(each))).toEqual([]);
});

test.each(Object.entries(STORE_WRITES))('%s only reads the store, with few exceptions', (room, { names }) => {
  const reads =
    /^(get|find|list|read|held|ready|dispatched)[A-Z]|^(taskCountsOf|inParallel|mapInParallel|withDeadline)$/;
  const imported = filesOf(room).flatMap(storeNamesOf);
  expect(imported.filter((name) => !reads.test(name) && !names.includes(name))).toEqual([]);
  expect(names.filter((name) => !imported.includes(name))).toEqual([]);
});

test('no import leads in a circle', () => {
  const files = ROOMS.flatMap(filesOf);
  const imported = (file: string) =>
    importsOf(file)
      .filter((name) => packageOf(name) === undefined)
      .map((name) => importedFile(name, file));
  expect(circlesIn(new Map(files.map((file) => [file, imported(file)])))).toEqual([]);
});

test.each([
  ['engine/tasks/unlock-tasks.ts', []],
  ['engine/jobs/complete-job.ts', []],
  // A server that finds no Ready task of a job rests it.
  ['engine/jobs/offer-job.ts', ['restJob']],
])('what %s exports is imported by engine/after-end.ts alone, but for %j', (file, others) => {
  expect(importersOf(file).filter(({ name }) => !others.includes(name))).toEqual(
    exportsOf(file)
      .filter((name) => !others.includes(name))
      .map((name) => ({ user: 'engine/after-end.ts', name })),
  );
});

test('a circle is found', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['b']],
    ['d', []],
  ]);
  expect(circlesIn(graph)).toEqual([['b', 'c', 'b']]);
});

test(`no folder has more than ${MAX_FILES} files, but those that are lists`, () => {
  const files = ROOMS.flatMap(filesOf).map((file) => dirname(file));
  const counts = [...Map.groupBy(files, (folder) => folder)].map(([folder, { length }]) => ({ folder, length }));
  expect(counts.filter(({ folder, length }) => length > MAX_FILES && !LISTS.test(folder))).toEqual([]);
});

test('no test imports by ../: rooms and support are imported by alias', () => {
  const climbing = ['test', 'examples']
    .flatMap(filesOf)
    .filter((file) => importsOf(file).some((name) => name.startsWith('../')));
  expect(climbing).toEqual([]);
});

test('the domain has no clock, no chance and no process', () => {
  const impure = /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\bprocess\.|\bset(?:Timeout|Interval)\(/;
  expect(filesOf('domain').filter((file) => impure.test(codeOf(sourceOf(file))))).toEqual([]);
});

// esbuild drops nothing of an object that is imported by its name: each function would load zod's messages in all languages.
test('what functions load imports zod as a namespace', () => {
  const named = ['domain', 'store', 'engine', 'functions']
    .flatMap(filesOf)
    .filter((file) => /^import \{.*\} from 'zod'/m.test(sourceOf(file)));
  expect(named).toEqual([]);
});

test('each entry of the catalog has its file, and each function is in the catalog', () => {
  const there = ['http', 'steps', 'schedules', 'events'].flatMap((folder) => filesOf(`functions/${folder}`));
  expect(there.sort()).toEqual([...FUNCTIONS].sort());
});

test('each function of the catalog is driven by a test that compares its touches', () => {
  const tests = filesOf('test/functions').filter((file) => file.endsWith('.test.ts'));
  const compared = tests.flatMap((file) => sourceOf(file).match(/testTouches\([^)]*\)/g) ?? []).join();
  expect(CATALOG.map(({ name }) => name).filter((name) => !compared.includes(`'${name}'`))).toEqual([]);
});

describe('a suite of flows', () => {
  const suites = filesOf('test/flows').filter((file) => file.endsWith('.test.ts'));
  const isLocal = (file: string) => file.endsWith('.local.test.ts');
  /** What only a system has that runs on this machine. */
  const own =
    /\b(startSystem|shareSystem|startHost|freePorts|kill9|args|pid|port)\b|\bprocess\.|\.(token|stop|output)\(|127\.0\.0\.1|'(node:|@aws-sdk|#local|#test\/support\/(witness|flows\/(aws|ports|processes))\b)/;

  test.each(suites.filter((file) => !isLocal(file)))('%s runs on any system', (file) => {
    const code = sourceOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code).toMatch(/\bopenSystem\(\)/);
    expect(own.exec(code)?.[0]).toBeUndefined();
  });

  test.each(suites.filter(isLocal))('%s needs a system of this machine', (file) => {
    expect(sourceOf(file)).toMatch(/\b(startSystem|shareSystem|startHost)\(/);
    expect(sourceOf(file)).not.toMatch(/\bopenSystem\b/);
  });

  test('is named by the script test:system if it runs on any system, and only then', () => {
    const pattern = new RegExp(/'([^']+)'$/.exec(packageFile.scripts['test:system'])?.[1] ?? '^$');
    const all = filesOf('test').filter((file) => file.endsWith('.test.ts'));
    expect(all.filter((file) => pattern.test(file))).toEqual(suites.filter((file) => !isLocal(file)));
  });
});
