/** Lays out in a directory what `server/Dockerfile` puts into its image, from the context that Docker would get. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { REPOSITORY, type Synthesis } from './synthesis.ts';

const assetsSchema = z.object({
  dockerImages: z.record(z.string(), z.object({ source: z.object({ directory: z.string(), dockerFile: z.string() }) })),
});
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

export type Image = {
  /** The command of the image, with paths in the directory. */
  readonly command: string[];
  /** The variables that the image sets. */
  readonly environment: Record<string, string>;
  /** A path in the image, as one of the directory. */
  readonly path: (inImage: string) => string;
};

/**
 * Carries out the instructions of the Dockerfile.
 * @throws Error for a kind of instruction that the Dockerfile did not have
 */
export function layImage({ directory, templates }: Synthesis, root: string): Image {
  const [stack] = [...templates.keys()].filter((name) => name.endsWith('-fleet'));
  const { dockerImages } = assetsSchema.parse(
    JSON.parse(readFileSync(join(directory, `${stack}.assets.json`), 'utf8')),
  );
  const [asset] = Object.values(dockerImages);
  if (!asset) throw new Error('The fleet has no image of its own.');
  const context = join(directory, asset.source.directory);
  const path = (inImage: string) => join(root, inImage);
  const image = { command: [''], environment: {}, path };
  let workDirectory = '/';
  for (const [instruction = '', ...words] of instructionsOf(join(context, asset.source.dockerFile))) {
    const rest = words.join(' ');
    if (instruction === 'WORKDIR') workDirectory = rest;
    else if (instruction === 'ENV') Object.assign(image.environment, variableOf(rest, path));
    else if (instruction === 'COPY') copy(context, words, path(workDirectory));
    else if (/^RUN npm ci --omit=dev --omit=optional /.test(`${instruction} ${rest}`)) install(path(workDirectory));
    else if (instruction === 'RUN' && words[0] === 'node') runNode(words.slice(1).join(' '), image);
    else if (instruction === 'CMD') image.command = z.array(z.string()).parse(JSON.parse(rest));
    else if (!['ARG', 'FROM', 'USER'].includes(instruction))
      throw new Error(`The layout does not know the instruction ${instruction} ${rest}.`);
  }
  const [, ...args] = image.command;
  return { ...image, command: [process.execPath, ...args.map((arg) => (arg.startsWith('/') ? path(arg) : arg))] };
}

function variableOf(text: string, path: Image['path']): Record<string, string> {
  const [name = '', value = ''] = text.split('=');
  return { [name]: value.startsWith('/') ? path(value) : value };
}

/** The words are those of a shell. */
function runNode(words: string, { environment, path }: Pick<Image, 'environment' | 'path'>): void {
  const here = words.replaceAll(/\/app\//g, path('/app/'));
  execFileSync('sh', ['-c', `'${process.execPath}' ${here}`], { env: { ...process.env, ...environment } });
}

function instructionsOf(dockerfile: string): string[][] {
  const lines = readFileSync(dockerfile, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/\s+/));
}

function copy(context: string, words: readonly string[], target: string): void {
  const sources = words.slice(0, -1);
  for (const source of sources) {
    const to = sources.length > 1 ? join(target, source) : join(target, words.at(-1) ?? '');
    cpSync(join(context, source), to, { recursive: true });
  }
}

/** Copies from this installation what `npm ci` installs without development and optional packages. */
function install(target: string): void {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(target, 'package-lock.json'), 'utf8')));
  for (const [name, { dev, optional, devOptional }] of Object.entries(packages)) {
    if (name === '' || dev || optional || devOptional) continue;
    mkdirSync(join(target, name), { recursive: true });
    cpSync(join(REPOSITORY, name), join(target, name), { recursive: true, filter: isOf(join(REPOSITORY, name)) });
  }
}

/** Leaves out packages within a package: each has its own entry, and may be for development only. */
function isOf(directory: string): (path: string) => boolean {
  return (path) => !path.slice(directory.length).includes('/node_modules');
}
