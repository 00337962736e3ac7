/** The arrows of the house: which rooms and packages a room may import, and why. `test/house.test.ts` enforces them. */

export type Rule = {
  readonly why: string;
  /** Rooms, folders or single files by their alias, without `#`. */
  readonly imports: readonly string[];
  /** npm packages by name; `node` stands for all modules of Node. */
  readonly packages: readonly string[];
};

/** By folder. A file follows the rule of the longest folder that it lies in. */
export const ARROWS: Readonly<Record<string, Rule>> = {
  domain: {
    why: 'Rules are pure: they need no clock, no network and no process, on any host and in any test.',
    imports: ['domain'],
    packages: ['zod'],
  },
  store: {
    why: 'It keeps records and decides nothing: what happens is in the engine, so a record is written in one way only.',
    imports: ['domain', 'store'],
    packages: [
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/lib-dynamodb',
      '@aws-sdk/util-dynamodb',
      '@smithy/core',
      'node',
      'ulid',
      'zod',
    ],
  },
  engine: {
    why: 'Functions and servers share its verbs, so it knows neither of them, nor a host.',
    imports: ['domain', 'store', 'engine'],
    packages: ['node', 'ulid', 'zod'],
  },
  'engine/aws': {
    why: 'The only clients of Step Functions, ECS and SQS: their limits and errors are handled here once.',
    imports: ['domain', 'engine', 'store/dynamodb/deadline'],
    packages: ['@aws-sdk/client-ecs', '@aws-sdk/client-sfn', 'zod'],
  },
  functions: {
    why: 'Handlers are thin and the same on both hosts; they meet the servers in the tables and never call them.',
    imports: ['domain', 'store', 'engine', 'functions', 'package'],
    packages: ['@aws-lambda-powertools/logger', '@middy/core', 'aws-lambda', 'jose', 'node', 'zod'],
  },
  'functions/catalog': {
    why: 'Both hosts read it as data: no code of a handler, no client and no middleware is loaded with it.',
    imports: ['domain', 'functions/catalog', 'store/schema'],
    packages: ['zod'],
  },
  statemachines: {
    why: 'Both hosts read the workflows here; it knows the limits and the names of the steps.',
    imports: ['domain/limits', 'functions/catalog'],
    packages: ['node'],
  },
  processes: {
    why: 'The ground for real processes: server, local host and trials stand on it, so it imports none of them.',
    imports: ['processes'],
    packages: ['node', 'zod'],
  },
  server: {
    why: 'It runs in a container with nothing but the tables: it meets the functions there and never calls them.',
    imports: ['domain', 'store', 'engine', 'processes', 'server'],
    packages: ['node', 'zod'],
  },
  cdk: {
    why: 'It wires AWS from data alone: a deployment loads no code of handlers, engine or store.',
    imports: [
      'cdk',
      'domain/limits',
      'domain/measures',
      'domain/names',
      'domain/roles',
      'domain/servers/health-check',
      'domain/servers/server',
      'functions/catalog',
      'statemachines/definitions',
      'store/schema',
    ],
    packages: ['aws-cdk-lib', 'cdk-nag', 'constructs', 'esbuild', 'node', 'zod'],
  },
  local: {
    why: 'It wires this machine from the same data; handlers are found by the catalog, servers run as processes.',
    imports: ['domain', 'local', 'processes', 'functions/catalog', 'statemachines/definitions', 'store/schema'],
    packages: ['@commander-js/extra-typings', 'jose', 'node', 'zod'],
  },
  'local/aws': {
    why: "AWS's services on one machine: they know nothing of Lastcall, as AWS itself does, and get plain data from the host.",
    imports: ['local/aws', 'processes'],
    packages: ['@aws-sdk/client-dynamodb', 'aws-lambda', 'jose', 'jsonata', 'node', 'zod'],
  },
  client: {
    why: 'Programs and browsers use it: it has the API as types and fetch, and no code of the system.',
    imports: ['client', 'domain/statuses', 'functions/catalog/routes'],
    packages: ['zod'],
  },
  'client/oidc': {
    why: 'It signs users in at an issuer, for the command line as for a browser, and knows neither of them.',
    imports: ['client/oidc', 'client/refused'],
    packages: ['oauth4webapi'],
  },
  'client/job-file': {
    why: 'It checks a job file by the rules of the API itself, in the command line as in a browser.',
    imports: ['domain', 'client/job-file'],
    packages: ['yaml'],
  },
  cli: {
    why: 'It talks HTTP only, so a person at a terminal can do no more and no less than any program.',
    imports: [
      'cli',
      'client',
      'domain/jobs/audit',
      'domain/jobs/wait-words',
      'domain/limits',
      'domain/priorities',
      'domain/roles',
      'domain/statuses',
      'local/command',
    ],
    packages: ['@bomb.sh/tab', '@commander-js/extra-typings', 'cli-table3', 'node', 'yaml'],
  },
  console: {
    why: 'The web page: it talks HTTP only, and takes rules, words and shapes from domain and client. It draws the workflow from its definition.',
    imports: ['client', 'console', 'domain', 'statemachines/abort-job.asl.json'],
    packages: [
      '@cloudscape-design/components',
      '@cloudscape-design/global-styles',
      '@dagrejs/dagre',
      '@tanstack/react-query',
      'jose',
      'react',
      'react-dom',
      'wouter',
      'yaml',
      'zod',
    ],
  },
  bench: {
    why: 'It measures the parts by themselves, so it reaches into each of them.',
    imports: [
      'domain',
      'store',
      'engine',
      'server/claiming/search/candidates',
      'server/execution',
      'server/sdk',
      'local',
      'bench',
    ],
    packages: ['@aws-sdk/client-ecs', '@aws-sdk/client-sfn', 'commander', 'node', 'ulid', 'zod'],
  },
};

/** What a room that may only read the store still writes there by itself, and why. */
export const STORE_WRITES: Readonly<Record<string, { readonly why: string; readonly names: readonly string[] }>> = {
  functions: {
    why: 'Every call keeps the counts of what it moved.',
    names: ['keepingCounts'],
  },
  server: {
    why: 'A server writes its own heartbeats, the run times that it has measured, and the counts of what it moved.',
    names: ['registerServer', 'heartbeat', 'addRunTimes', 'keepCounts'],
  },
};

/** The rooms: the folders at the top. */
export const ROOMS = Object.keys(ARROWS).filter((folder) => !folder.includes('/'));

/** What the file may import. */
export function ruleOf(file: string): Rule {
  const folders = Object.keys(ARROWS).filter((folder) => file.startsWith(`${folder}/`));
  const rule = ARROWS[folders.sort((one, other) => other.length - one.length)[0] ?? ''];
  if (!rule) throw new Error(`${file} lies in no room: add a rule for its folder to test/support/house/arrows.ts.`);
  return rule;
}
