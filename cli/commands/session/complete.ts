import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandRow } from '#cli/command-row';
import { findId } from '#cli/ids';
import { FORMATS } from '#cli/output/format';
import { openSession, type Session } from '#cli/session';
import type { Client } from '#client/client';
import { DEFAULT_PRIORITY, PRIORITIES } from '#domain/priorities';
import { type AbortStatus, FINAL_JOB_STATUSES, JOB_STATUSES, TASK_STATUSES } from '#domain/statuses';

type Offer = (take: (value: string, description: string) => void) => void;
type Target = {
  option(name: string, description: string, offer?: Offer, alias?: string): unknown;
  argument(name: string, offer: Offer, isVariadic: boolean): unknown;
};
/** The words of the command line so far; the last one may be a beginning. */
type Typed = Session & { readonly words: readonly string[] };
type Candidate = { readonly value: string; readonly description: string };

const MAX_CANDIDATES = 50;
/** Also those that come after many that have ended. */
const OPEN = {
  limit: MAX_CANDIDATES,
  status: JOB_STATUSES.filter((status) => !FINAL_JOB_STATUSES.includes(status)).join(','),
};
/** A person who presses a key waits no longer. */
const LIMIT_MS = 1_500;

/** Declares `lastcall complete -- WORDS`, which the completions of shells call, for these commands. */
export function completeAmong(commands: Readonly<Record<string, CommandRow>>): (command: Command) => void {
  return (command) => {
    command.argument('[words...]').action(async (words, _options, self) => {
      const { default: tab } = await import('@bomb.sh/tab');
      const session = await openSession(self);
      for (const [name, row] of Object.entries(commands)) {
        if (row.isHidden) continue;
        const target = tab.command(name, row.summary);
        if (words.includes(name)) await describe(target, await declared(name, row, self.parent), { ...session, words });
      }
      tab.parse(words);
    });
  };
}

/** The command with its own options and those of the program. */
async function declared(
  name: string,
  { load }: CommandRow,
  program: Pick<CommandUnknownOpts, 'options'> | null,
): Promise<Command> {
  const command = new Command(name);
  for (const option of program?.options ?? []) command.addOption(option);
  (await load())(command);
  return command;
}

async function describe(target: Target, command: Command, typed: Typed): Promise<void> {
  for (const { long, short, description, required } of command.options) {
    if (!long) continue;
    const values = OPTION_VALUES[`${command.name()} ${long}`] ?? OPTION_VALUES[long] ?? [];
    const offer = offerOf(values.map((value) => ({ value, description: '' })));
    if (required) target.option(long.slice(2), description, offer, short?.slice(1));
    else target.option(long.slice(2), description);
  }
  for (const argument of command.registeredArguments) {
    const candidates = await candidatesOf(command.name(), argument.name(), typed);
    target.argument(argument.name(), offerOf(candidates), argument.variadic);
  }
}

/** What options take, by their names; one that only a command has by both names. */
const OPTION_VALUES: Readonly<Record<string, readonly string[]>> = {
  'jobs --status': JOB_STATUSES,
  'tasks --status': TASK_STATUSES,
  '--output': FORMATS,
};

function offerOf(candidates: readonly Candidate[]): Offer {
  return (take) => {
    for (const { value, description } of candidates) take(value, description);
  };
}

/** A system that does not answer offers nothing. */
async function candidatesOf(command: string, argument: string, typed: Typed): Promise<Candidate[]> {
  const find = FINDERS[`${command} ${argument}`] ?? FINDERS[argument];
  return (await find?.(typed.client, AbortSignal.timeout(LIMIT_MS), typed).catch(() => [])) ?? [];
}

type Find = (client: Client, signal: AbortSignal, typed: Typed) => Promise<Candidate[]>;

/** By the name of an argument, after that of a command that takes less: with what tells them apart. */
const FINDERS: Readonly<Record<string, Find>> = {
  job: async (client, signal) => {
    const { items } = await client.call('GET /jobs', { query: OPEN, signal });
    return items.map(({ jobId, name, status }) => ({ value: jobId, description: `${name} (${status})` }));
  },
  task: async (client, signal, typed) => {
    const named = typed.words[typed.words.indexOf('task') + 1] ?? '';
    const path = { jobId: await findId(typed, 'job', named) };
    const { items } = await client.call('GET /jobs/{jobId}/tasks', { path, query: { limit: MAX_CANDIDATES }, signal });
    return items.map(({ taskId, name, status }) => ({
      value: taskId,
      description: name === taskId ? status : `${name} (${status})`,
    }));
  },
  abort: (client, signal) => findAborts(client, signal),
  // A withdrawal is possible only while servers drain.
  'withdraw abort': (client, signal) => findAborts(client, signal, 'Draining'),
  group: async (client, signal) => {
    const { items } = await client.call('GET /groups', { signal });
    return items.map(({ batchGroup, defaultPriority = DEFAULT_PRIORITY }) => ({
      value: batchGroup,
      description: defaultPriority,
    }));
  },
  feature: async (client, signal) => {
    const { items } = await client.call('GET /features', { signal });
    return items.map(({ name, enabled }) => ({ value: name, description: enabled ? 'on' : 'off' }));
  },
  priority: async () => PRIORITIES.map((value) => ({ value, description: '' })),
};

async function findAborts(client: Client, signal: AbortSignal, only?: AbortStatus): Promise<Candidate[]> {
  const { items } = await client.call('GET /aborts', { query: { limit: MAX_CANDIDATES }, signal });
  return items
    .filter(({ status }) => only === undefined || status === only)
    .map(({ abortId, status, reason }) => ({ value: abortId, description: `${reason} (${status})` }));
}
