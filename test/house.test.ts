/** The house keeps its arrows: who may import whom, no file that nobody uses, a complete catalog, flows that run where their names say. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CATALOG, folderOf } from '#functions/catalog/catalog';
import packageFile from '#package' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
/** Which rooms a room may import, and from which files of them where that is limited. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain'],
  store: ['domain', 'store'],
  engine: ['domain', 'store', 'engine'],
  functions: ['domain', 'store', 'engine', 'functions', 'package'],
  processes: ['processes'],
  server: ['domain', 'store', 'engine', 'processes', 'server'],
  statemachines: ['domain/limits', 'functions/catalog'],
  local: ['domain', 'local', 'processes', 'functions/catalog', 'statemachines/definitions', 'store/schema', 'package'],
  bench: ['domain', 'store', 'engine', 'server/candidates', 'local', 'bench'],
  cdk: [
    'domain/limits',
    'domain/servers/server',
    'domain/names',
    'domain/roles',
    'cdk',
    'functions/catalog',
    'statemachines/definitions',
    'store/schema',
  ],
};

/** What is started or loaded by its path, and not imported: each with a file that names it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'bench/run.ts': 'package.json',
  'cdk/app.ts': 'cdk.json',
  'server/check-handlers.ts': 'local/handlers.ts',
  'server/main.ts': 'local/parts.ts',
  'server/execution/process-main.ts': 'server/execution/isolated.ts',
  'server/execution/thread-main.ts': 'server/execution/thread.ts',
};
/** What the package exports is imported by others' programs. */
const FOR_OTHERS = Object.values(packageFile.exports).map((path) => normalize(path));

const filesOf = (room: string) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${room}/${file}`);
const sourceOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const importsOf = (file: string) =>
  [...sourceOf(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name);
/** The file that an import in the other file means. */
const importedFile = (name: string, file: string) =>
  name.startsWith('#') ? `${name.slice(1)}.ts` : normalize(join(dirname(file), name));
const exportsOf = (file: string) =>
  [...sourceOf(file).matchAll(/^export (?:async )?(?:function|const|class|type|interface) (\w+)/gm)].map(
    ([, name = '']) => name,
  );

/** Comments, texts and regular expressions; what stands in a text's `${}` is code. */
const NO_CODE =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|`(?:\\.|\$\{[^}]*\}|[^`\\])*`|(?<=[=(,:[!&|?{};\s])\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;
const codeOf = (source: string) =>
  source
    .replace(NO_CODE, (text) => (text.startsWith('`') ? (text.match(/\$\{[^}]*\}/g) ?? []).join(' ') : "''"))
    .replace(/^(?:import|export) (?:type )?[{*][^;]*;/gm, '');
const UNCHECKED = /\bas (?!const\b)[\w{[(]|: any\b|<any\b|export default/;
const ROOMS = Object.keys(ARROWS);
const FUNCTIONS = new Set(CATALOG.map((entry) => `functions/${folderOf(entry)}/${entry.name}.ts`));
const USERS = new Map<string, string[]>();
for (const user of [...[...ROOMS, 'test', 'examples'].flatMap(filesOf), 'bin/lastcall.js']) {
  for (const file of new Set(importsOf(user).map((name) => importedFile(name, user)))) {
    USERS.set(file, [...(USERS.get(file) ?? []), user]);
  }
}
/** The files that import the file. */
const usersOf = (file: string) => USERS.get(file) ?? [];

describe.each(ROOMS)('the room %s', (room) => {
  test('imports only what its arrows allow', () => {
    const forbidden = filesOf(room).flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('#') || name.startsWith('../'))
        .filter(
          (name) => !(ARROWS[room] ?? []).some((allowed) => name === `#${allowed}` || name.startsWith(`#${allowed}/`)),
        )
        .map((name) => `${file} -> ${name}`),
    );
    expect(forbidden).toEqual([]);
  });

  test('has no any, no type that is claimed with as, and no default export', () => {
    expect(filesOf(room).filter((file) => UNCHECKED.test(codeOf(sourceOf(file))))).toEqual([]);
  });

  test('exports nothing that no other file imports', () => {
    const unused = filesOf(room)
      .filter((file) => !FOR_OTHERS.includes(file))
      .flatMap((file) => exportsOf(file).map((name) => ({ file, name })))
      // The host finds a function's handler by the catalog.
      .filter(({ file, name }) => !(FUNCTIONS.has(file) && name === 'handler'))
      .filter(({ file, name }) => !usersOf(file).some((user) => new RegExp(`\\b${name}\\b`).test(sourceOf(user))));
    expect(unused).toEqual([]);
  });

  test('has no file that nobody uses', () => {
    const isUsed = (file: string) => usersOf(file).length > 0 || FUNCTIONS.has(file) || file in PROGRAMS;
    expect(filesOf(room).filter((file) => !isUsed(file))).toEqual([]);
  });
});

test.each([
  'const x = y as string;',
  'const x = y as unknown as Job;',
  'const x = y as { jobId: string };',
  `const x = 'as' + \`\${y as string} as text\`;`,
  "const x = /[/'`]/.test(y as string);",
  'const x: any = y;',
])('what claims a type is found: %s', (source) => {
  expect(codeOf(source)).toMatch(UNCHECKED);
});

test.each([
  "import { type a as b, c as d } from './e.ts';",
  "export * as b from './e.ts';",
  'const x = [1] as const;',
  `const x = \`as text \${y} as text\`; // as said`,
  "const x = 'done as asked';",
  '/** As said, as asked. */',
])('what claims none is let through: %s', (source) => {
  expect(codeOf(source)).not.toMatch(UNCHECKED);
});

test.each(Object.entries(PROGRAMS))('the program %s is started by %s', (program, starter) => {
  expect(sourceOf(starter)).toContain(program.slice(program.lastIndexOf('/') + 1));
});

test('the domain imports zod alone', () => {
  const others = filesOf('domain').flatMap((file) =>
    importsOf(file).filter((name) => !/^(\.\/|#domain\/|zod$)/.test(name)),
  );
  expect(others).toEqual([]);
});

test('the services in local/aws know nothing of Lastcall: they stand in for AWS, which does not know it either', () => {
  const others = filesOf('local/aws').flatMap((file) =>
    importsOf(file)
      .filter((name) => /^(\.\.\/|#|aws-cdk|constructs)/.test(name) && !/^#(local\/aws|processes)\//.test(name))
      .map((name) => `${file} -> ${name}`),
  );
  expect(others).toEqual([]);
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
  /** What only a system has that a test has started itself, or that runs on this machine. */
  const own =
    /\b(startSystem|startHost|freePorts|kill9|args|pid|port)\b|\bprocess\.|\.(token|stop|output)\(|127\.0\.0\.1|'(node:|@aws-sdk|#local|\.\/(aws|ports|processes|witnessed)\.ts)/;

  test.each(suites.filter((file) => !isLocal(file)))('%s runs on any system', (file) => {
    const code = sourceOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code).toMatch(/\bopenSystem\(\)/);
    expect(own.exec(code)?.[0]).toBeUndefined();
  });

  test.each(suites.filter(isLocal))('%s starts its own, for what no other has', (file) => {
    expect(sourceOf(file)).toMatch(/\b(startSystem|startHost)\(/);
    expect(sourceOf(file)).not.toMatch(/\bopenSystem\b/);
  });

  test('that runs on any system is named by the script test:system, and no other is', () => {
    const pattern = new RegExp(/'([^']+)'$/.exec(packageFile.scripts['test:system'])?.[1] ?? '^$');
    const all = filesOf('test').filter((file) => file.endsWith('.test.ts'));
    expect(all.filter((file) => pattern.test(file))).toEqual(suites.filter((file) => !isLocal(file)));
  });
});
