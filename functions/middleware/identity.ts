/** Which claims of a token name roles, and by which names. */
import * as z from 'zod';
import { WrongSettings } from '#domain/errors';
import { checkRequest } from '#domain/problems';
import { roleNamesSchema, rolesClaimsSchema } from '#domain/roles';

const schema = z.object({
  LASTCALL_ROLES: z.string().transform(readJson).pipe(roleNamesSchema),
  LASTCALL_ROLES_CLAIMS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(rolesClaimsSchema),
});
const EXAMPLES = `Right are for example LASTCALL_ROLES={"Operators":"BatchJobManager"} and LASTCALL_ROLES_CLAIMS=groups.`;
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
  const checked = checkRequest(schema, process.env, 'environment');
  if (checked.problems === undefined)
    return { roleNames: checked.data.LASTCALL_ROLES, rolesClaims: checked.data.LASTCALL_ROLES_CLAIMS };
  const problems = checked.problems.map(({ at, problem }) => `${at.replace('environment.', '')} ${problem}`);
  throw new WrongSettings(`${problems.join('; ')}. ${EXAMPLES}`);
}

function readJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: `is not JSON: "${text}"` });
    return z.NEVER;
  }
}
