import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { MAX_HANDLER_NAMES_BYTES, MAX_HANDLERS_PER_SERVER } from '#domain/limits';
import { handlerNameSchema } from '#domain/names';
import { HandlersRefused } from '#server/errors';
import type { Command, Handler, StandardSchema } from '#server/sdk';
import { BUILT_IN_HANDLERS } from './built-in.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];
const handlerSchema = z.strictObject({
  name: handlerNameSchema,
  isolation: z.enum(['thread', 'process']).default('process'),
  input: z.custom<StandardSchema>(isStandardSchema, 'must be a Standard Schema v1 object').optional(),
  run: z.custom<Handler['run']>((value) => typeof value === 'function', 'must be a function'),
});
const standardSchema = z.object({ version: z.literal(1), validate: z.custom((each) => typeof each === 'function') });
const commandSchema = z.strictObject({
  name: handlerNameSchema,
  command: z.array(z.string().regex(/^[^\0]+$/, 'must be text without NUL')).min(1),
  cancelSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2']).optional(),
  output: z.enum(['json', 'text']).optional(),
});

const moduleSchema = z.object({ default: z.array(z.unknown()) });
const namedSchema = z.object({ name: z.string() });

export type Definition = Handler | Command;

/**
 * The built-in handlers and those that the user's module exports as default, by name.
 * @throws HandlersRefused, naming the file and the handler, if the module cannot be loaded or a handler in it is wrong
 */
export async function loadHandlers(handlersFile?: string): Promise<Map<string, Definition>> {
  const handlers = new Map<string, Definition>(BUILT_IN_HANDLERS.map((handler) => [handler.name, handler]));
  if (handlersFile === undefined) return handlers;
  for (const [index, entry] of (await importEntries(handlersFile)).entries()) {
    const where = `Handlers file ${handlersFile}, ${nameEntry(entry, index)}`;
    const definition = parseDefinition(entry, where);
    if (handlers.has(definition.name)) throw new HandlersRefused(`${where}: ${whyTaken(definition)}.`);
    handlers.set(definition.name, definition);
  }
  checkNumber([...handlers.keys()], handlersFile);
  return handlers;
}

function checkNumber(names: readonly string[], handlersFile: string): void {
  const bytes = names.join('').length;
  if (names.length <= MAX_HANDLERS_PER_SERVER && bytes <= MAX_HANDLER_NAMES_BYTES) return;
  throw new HandlersRefused(
    `Handlers file ${handlersFile}: a server may have ${MAX_HANDLERS_PER_SERVER} handlers whose names have ` +
      `${MAX_HANDLER_NAMES_BYTES} bytes in all, with the built-in ones; these are ${names.length} with ${bytes}.`,
  );
}

async function importEntries(handlersFile: string): Promise<unknown[]> {
  if (!EXTENSIONS.includes(extname(handlersFile))) {
    throw new HandlersRefused(`Handlers file ${handlersFile}: must be a module named ${EXTENSIONS.join(', ')}.`);
  }
  const loaded: unknown = await import(pathToFileURL(resolve(handlersFile)).href).catch((error: unknown) => {
    throw new HandlersRefused(`Handlers file ${handlersFile} cannot be loaded: ${error}`, { cause: error });
  });
  const entries = moduleSchema.safeParse(loaded);
  if (!entries.success)
    throw new HandlersRefused(`Handlers file ${handlersFile}: must default-export an array of handlers.`);
  return entries.data.default;
}

function parseDefinition(entry: unknown, where: string): Definition {
  const isCommand = typeof entry === 'object' && entry !== null && 'command' in entry;
  const parsed = (isCommand ? commandSchema : handlerSchema).safeParse(entry);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
  throw new HandlersRefused(`${where}: ${issues.join('; ')}.`);
}

function whyTaken({ name }: Definition): string {
  const isBuiltIn = BUILT_IN_HANDLERS.some((handler) => handler.name === name);
  return isBuiltIn ? 'a built-in handler has this name' : 'two handlers have this name';
}

function nameEntry(entry: unknown, index: number): string {
  const named = namedSchema.safeParse(entry);
  return named.success ? `handler "${named.data.name}"` : `entry ${index + 1}`;
}

/** The schemas of some libraries are functions. */
function isStandardSchema(value: unknown): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (!isObject || !('~standard' in value)) return false;
  return standardSchema.safeParse(value['~standard']).success;
}
