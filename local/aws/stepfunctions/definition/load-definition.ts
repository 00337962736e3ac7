import { z } from 'zod';
import { type Definition, definitionSchema } from './definition.ts';

/** A definition that does not load. The message names each state and field at fault. */
export class DefinitionRefused extends Error {
  override readonly name = 'DefinitionRefused';

  constructor(stateMachine: string, problem: string, cause?: unknown) {
    super(`The definition of the state machine "${stateMachine}" is refused: ${problem}`, { cause });
  }
}

/**
 * Reads a definition, ASL as JSON text.
 * @throws DefinitionRefused for a state type, resource or field that the interpreter does not run
 */
export function loadDefinition(stateMachine: string, text: string): Definition {
  const parsed = definitionSchema.safeParse(parseJson(stateMachine, text));
  if (parsed.success) return parsed.data;
  throw new DefinitionRefused(stateMachine, z.prettifyError(parsed.error), parsed.error);
}

function parseJson(stateMachine: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DefinitionRefused(stateMachine, `It is not JSON: ${error}.`, error);
  }
}
