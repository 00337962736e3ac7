/** Which claims of a token name roles, and by which names. */
import { z } from 'zod';
import { WrongSettings } from '#domain/errors';
import { roleNamesSchema, rolesClaimsSchema } from '#domain/roles';

const schema = z.object({
  LASTCALL_ROLES: z.string().transform(readJson).pipe(roleNamesSchema),
  LASTCALL_ROLES_CLAIMS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(rolesClaimsSchema),
});
type Identity = { readonly roleNames: z.infer<typeof roleNamesSchema>; readonly rolesClaims: readonly string[] };

let known: Identity | undefined;

/**
 * The settings, read once. Every route calls this when it is loaded, so a wrong value fails its start.
 * @throws WrongSettings naming each variable that is missing or wrong
 */
export function identity(): Identity {
  known ??= readIdentity();
  return known;
}

function readIdentity(): Identity {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new WrongSettings(z.prettifyError(parsed.error));
  return { roleNames: parsed.data.LASTCALL_ROLES, rolesClaims: parsed.data.LASTCALL_ROLES_CLAIMS };
}

function readJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is not JSON: ${error}` });
    return z.NEVER;
  }
}
