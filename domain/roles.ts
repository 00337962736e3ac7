/** Who may do what: each role may do all that the roles before it may. */
import * as z from 'zod';

export const ROLES = ['Reader', 'BatchUser', 'BatchJobManager', 'SystemAdministrator'] as const;
/** A role. A name in the caller's token stands for it, by default a group of the same name. */
export type Role = (typeof ROLES)[number];

/** The caller, as the token says that the gateway has verified. */
export type Caller = {
  readonly user: string;
  /** The user's name, if the token has one: for people to read, never to compare. */
  readonly name?: string | undefined;
  readonly roles: readonly Role[];
};

/** Functions get the names in a variable: all variables of a function together have at most 4 KB on Lambda. */
const MAX_ROLE_NAMES_CHARACTERS = 1_500;
const MAX_ROLES_CLAIMS = 4;

/** The names in a token that stand for roles, such as groups of an organization. */
export const roleNamesSchema = z
  .record(z.string().min(1), z.enum(ROLES))
  .refine(
    (names) => JSON.stringify(names).length <= MAX_ROLE_NAMES_CHARACTERS,
    `must have at most ${MAX_ROLE_NAMES_CHARACTERS} characters as JSON`,
  );
type RoleNames = z.infer<typeof roleNamesSchema>;

/** The claims of a token that have such names. */
export const rolesClaimsSchema = z
  .array(z.string().regex(/^[^\s,]+$/, 'must be names of claims, without spaces and commas'))
  .min(1)
  .max(MAX_ROLES_CLAIMS);

/** By default a group is named like its role. */
export const DEFAULT_ROLE_NAMES: RoleNames = Object.fromEntries(ROLES.map((role) => [role, role]));
/** By default a token has its groups where Cognito puts them. */
export const DEFAULT_ROLES_CLAIMS = ['cognito:groups'];

/** Whether one of the caller's roles is the needed one or a higher one. */
export function mayActAs(caller: Caller, needed: Role): boolean {
  return caller.roles.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(needed));
}

/** The roles that whole names of a token stand for; other names are ignored. */
export function rolesAmong(names: readonly unknown[], roleNames: RoleNames): Role[] {
  const meant = names.map((name) =>
    typeof name === 'string' && Object.hasOwn(roleNames, name) ? roleNames[name] : '',
  );
  return ROLES.filter((role) => meant.includes(role));
}
