/** Who may do what: each role may all that the ones before it may. */

export const ROLES = ['Reader', 'BatchUser', 'BatchJobManager', 'SystemAdministrator'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls, as proven by the token that the gateway has verified. */
export type Caller = { readonly user: string; readonly roles: readonly Role[] };

/** Whether one of the caller's roles is the named one or a higher one. */
export function mayActAs(caller: Caller, needed: Role): boolean {
  return caller.roles.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(needed));
}

/** The known roles among the groups of a token; other groups mean nothing here. */
export function rolesAmong(groups: readonly string[]): Role[] {
  return ROLES.filter((role) => groups.includes(role));
}
