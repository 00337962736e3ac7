/** The variables of handlers: those of the server, but with credentials of their own. */

/** What would lead to the server's own rights: its credentials, and the agent that protects it from scale-in. */
const OF_SERVER = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'ECS_AGENT_URI',
];

let ofHandlers: NodeJS.ProcessEnv | undefined;

/** From now on, handlers have the credentials to which these variables lead, and none of the server's. */
export function giveCredentials(variables: Readonly<NodeJS.ProcessEnv>): void {
  const kept = Object.entries({ ...process.env, ...variables }).filter(
    ([name, value]) => value !== undefined && (name in variables || !OF_SERVER.includes(name)),
  );
  ofHandlers = Object.fromEntries(kept);
}

/** The variables with which each thread, process and program of a handler starts. */
export function handlerEnvironment(): NodeJS.ProcessEnv {
  return ofHandlers ?? process.env;
}
