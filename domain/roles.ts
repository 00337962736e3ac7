/** Who may do what: each role may do all that the roles before it may. */

export const ROLES = ['Reader', 'BatchUser', 'BatchJobManager', 'SystemAdministrator'] as const;
/** A role: a group of the same name in the caller's token. */
export type Role = (typeof ROLES)[number];

/** The caller, as the token says that the gateway has verified. */
export type Caller = { readonly user: string; readonly roles: readonly Role[] };

/** Whether one of the caller's roles is the needed one or a higher one. */
export function mayActAs(caller: Caller, needed: Role): boolean {
  return caller.roles.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(needed));
}

/** The roles among the groups of a token; other groups are ignored. */
export function rolesAmong(groups: readonly unknown[]): Role[] {
  return ROLES.filter((role) => groups.includes(role));
}
