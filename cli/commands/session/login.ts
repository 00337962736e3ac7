import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { ask } from '#cli/ask';
import { EXIT, Stopped, wrongUse } from '#cli/exit-codes';
import { canAsk, note, suggest } from '#cli/output/notes';
import { openSession, type Session } from '#cli/session';
import { type Kept, keepToken } from '#cli/state/tokens';
import { issueLocally } from '#cli/tokens';
import { ROLES, type Role } from '#domain/roles';

const DEFAULT_SCOPE = 'openid';

type Options = {
  readonly user?: string | undefined;
  readonly role?: readonly Role[] | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly scope?: string | undefined;
  readonly browser: boolean;
};

/** Declares `lastcall login`. */
export function login(command: Command): void {
  command
    .option('--user <name>', 'in local mode: who you are')
    .option('--role <names>', `in local mode: ${ROLES.join(', ')}, with commas between`, roleNames)
    .option('--issuer <url>', 'the OpenID Connect issuer, by default that of the system')
    .option('--client-id <id>', 'this program at the issuer, by default what the system says')
    .option('--scope <names>', 'what is asked of the issuer')
    .option('--no-browser', 'print the address, and take the one pasted to which it leads')
    .action(async (options, self) => {
      const session = await openSession(self);
      const { signIn } = await session.client.call('GET /console/config.json');
      const issuer = options.issuer ?? session.profile.issuer;
      const clientId = options.clientId ?? session.profile.clientId ?? signIn.cliClientId;
      const kept =
        signIn.local && issuer === undefined
          ? await signInLocally(session, options)
          : await signInAt({ issuer: issuer ?? signIn.issuer, clientId }, session, options);
      note(`Signed in at ${session.client.url}; the token is kept in ${await keepToken(session.client.url, kept)}`);
      suggest('lastcall whoami');
    });
}

/** Local mode trusts everyone on this machine: a name and roles are enough. */
async function signInLocally({ client }: Session, { user, role }: Options): Promise<Kept> {
  const name = user ?? (await askFor('user', 'Your name: '));
  const roles = role ?? roleNames(await askFor('role', `Your roles, of ${ROLES.join(', ')}: `));
  const token = await issueLocally(client.url, name, roles);
  if (token !== undefined) return { token, local: { user: name, roles } };
  throw new Stopped(`${client.url} issues no tokens itself: it is not in local mode.`, {
    exitCode: EXIT.notAllowed,
    next: 'lastcall login --issuer URL --client-id ID, or a profile that names them',
  });
}

type Given = { readonly issuer: string; readonly clientId: string | undefined };

async function signInAt({ issuer, clientId }: Given, session: Session, options: Options): Promise<Kept> {
  if (clientId === undefined) throw wrongUse('The client is missing: name it by --client-id ID, or in the profile.');
  if (!options.browser && !canAsk())
    throw wrongUse('--no-browser needs a terminal to paste into.', 'set LASTCALL_TOKEN instead');
  const { signIn } = await import('#cli/oidc/sign-in');
  const scope = options.scope ?? session.profile.scope ?? DEFAULT_SCOPE;
  return await signIn({ issuer, clientId, scope, browser: options.browser, signal: session.signal });
}

async function askFor(option: string, question: string): Promise<string> {
  if (!canAsk()) throw wrongUse(`There is no terminal to ask on: use --${option}, or set LASTCALL_TOKEN.`);
  return await ask(question);
}

function roleNames(text: string): Role[] {
  const names = text.split(',').map((name) => name.trim());
  const roles = ROLES.filter((role) => names.some((name) => name.toLowerCase() === role.toLowerCase()));
  if (roles.length === names.length) return roles;
  throw new InvalidArgumentError(`The roles are ${ROLES.join(', ')}, with commas between.`);
}
