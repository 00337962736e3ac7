/** The sources of the house: files, their imports and exports, and their code without texts and comments. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The sources below a folder, by their paths in the repository. */
export function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`);
}

export function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The imports of the file, as they are written. */
export function importsOf(file: string): string[] {
  return [...sourceOf(file).matchAll(/(?:from|import)\s*\(?\s*'([^'\s]+)'/g)].map(([, name = '']) => name);
}

/** The file that an import of the other file means. */
export function importedFile(name: string, file: string): string {
  const [path = ''] = name.split('?');
  if (!path.startsWith('#')) return normalize(join(dirname(file), path));
  return /\.tsx?$/.test(path) ? path.slice(1) : `${path.slice(1)}.ts`;
}

/** The package that an import means, `node` for a module of Node; undefined for a file of the house. */
export function packageOf(name: string): string | undefined {
  if (/^[#.]/.test(name)) return undefined;
  return name.startsWith('node:') ? 'node' : /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0];
}

export function exportsOf(file: string): string[] {
  const declared = sourceOf(file).matchAll(/^export (?:async )?(?:function|const|class|type|interface) (\w+)/gm);
  return [...declared].map(([, name = '']) => name);
}

/** Comments, texts and regular expressions; in a text, only `${}` has code. */
const NO_CODE =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^}]*\}|[^`\\])*`|(?<=[=(,:[!&|?{};\s])\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

/** The source without comments, texts and imports. */
export function codeOf(source: string): string {
  return source
    .replace(NO_CODE, (text) => (text.startsWith('`') ? (text.match(/\$\{[^}]*\}/g) ?? []).join(' ') : "''"))
    .replace(/^(?:import|export) (?:type )?[{*][^;]*;/gm, '');
}

/** The circles in a graph: each as the way from a file back to itself. */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file]);
    if (way.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}
