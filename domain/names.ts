/** The names that callers may use. */
import * as z from 'zod';
import { ALL_GROUPS } from '#domain/servers/server';
import { MAX_HANDLER_CHARACTERS, MAX_ID_CHARACTERS } from './limits.ts';

/**
 * A URL cannot reach a thing named `.` or `..`: clients take such a part out of the path before they send it. Patterns
 * are part of the API's description: no look-ahead and no class of Unicode, which some languages lack.
 */
const lettersSchema = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9_-]|\.[A-Za-z0-9_-]|\.\.[A-Za-z0-9._-])[A-Za-z0-9._-]*$/,
    'use letters, digits, ".", "_" and "-" only, and more than "." or ".."',
  );

/** The id of a task, or the name of a batch group. */
export const labelSchema = lettersSchema.max(MAX_ID_CHARACTERS);

export const handlerNameSchema = lettersSchema.max(MAX_HANDLER_CHARACTERS);

/** Where the command line awaits the end of a sign-in: an issuer takes only redirects that it knows. */
export const SIGN_IN_REDIRECTS = [8976, 8977, 8978].map((port) => `http://localhost:${port}/callback`);

/** The batch groups that a server serves, or `*` for all. */
export const servedGroupsSchema = z
  .array(z.union([z.literal(ALL_GROUPS), labelSchema], 'use letters, digits, ".", "_" and "-" only, or * for all'))
  .min(1)
  .refine((groups) => groups.length === 1 || !groups.includes(ALL_GROUPS), 'use * for all groups, or names, not both');
