/** The functions' code: one directory with an entry for each function of the catalog; shared code is there once. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type OutputFile } from 'esbuild';
import { CATALOG, type CatalogEntry, folderOf } from '#functions/catalog/catalog';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** Nothing is written there: it makes the names of sources in the source maps the same on every machine. */
const OUTPUT = 'bundles';
// CommonJS packages call require, which ES modules do not have.
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

let bundles: string | undefined;

/** The one asset of all functions. A function of the catalog is its entry `<name>.handler`. */
export function functionsCode(): Code {
  // An app may have several installations.
  bundles ??= writeBundles();
  return Code.fromAsset(bundles);
}

/** The directory of the bundles, which is gone when the process has ended. */
function writeBundles(): string {
  const directory = mkdtempSync(join(tmpdir(), 'lastcall-bundles-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  for (const { path, contents } of build()) {
    const file = join(directory, relative(join(REPOSITORY, OUTPUT), path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return directory;
}

function build(): OutputFile[] {
  return buildSync({
    absWorkingDir: REPOSITORY,
    entryPoints: Object.fromEntries(CATALOG.map((entry) => [entry.name, fileOf(entry)])),
    outdir: OUTPUT,
    write: false,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  }).outputFiles;
}

function fileOf(entry: CatalogEntry): string {
  return `functions/${folderOf(entry)}/${entry.name}${extname(import.meta.filename)}`;
}
