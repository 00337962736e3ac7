import { Command } from '@commander-js/extra-typings';
import type { CommandRow } from '#cli/command-row';
import { openSession } from '#cli/session';
import type { Client } from '#client/client';
import { PRIORITIES } from '#domain/priorities';
import { FINAL_JOB_STATUSES, JOB_STATUSES } from '#domain/statuses';

type Offer = (take: (value: string, description: string) => void) => void;
type Target = {
  option(name: string, description: string): unknown;
  argument(name: string, offer: Offer, isVariadic: boolean): unknown;
};
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
      const { client } = await openSession(self);
      for (const [name, row] of Object.entries(commands)) {
        if (row.isHidden) continue;
        const target = tab.command(name, row.summary);
        if (words.includes(name)) await describe(target, await declared(name, row), client);
      }
      tab.parse(words);
    });
  };
}

async function declared(name: string, { load }: CommandRow): Promise<Command> {
  const command = new Command(name);
  (await load())(command);
  return command;
}

async function describe(target: Target, command: Command, client: Client): Promise<void> {
  for (const { long, description } of command.options) if (long) target.option(long.slice(2), description);
  for (const argument of command.registeredArguments) {
    const candidates = await candidatesOf(argument.name(), client);
    const offer: Offer = (take) => {
      for (const { value, description } of candidates) take(value, description);
    };
    target.argument(argument.name(), offer, argument.variadic);
  }
}

/** A system that does not answer offers nothing. */
async function candidatesOf(argument: string, client: Client): Promise<Candidate[]> {
  const find = FINDERS[argument];
  return (await find?.(client, AbortSignal.timeout(LIMIT_MS)).catch(() => [])) ?? [];
}

/** By the name of an argument: open jobs and aborts with what tells them apart, and the features. */
const FINDERS: Readonly<Record<string, (client: Client, signal: AbortSignal) => Promise<Candidate[]>>> = {
  job: async (client, signal) => {
    const { items } = await client.call('GET /jobs', { query: OPEN, signal });
    return items.map(({ jobId, name, status }) => ({ value: jobId, description: `${name} (${status})` }));
  },
  abort: async (client, signal) => {
    const { items } = await client.call('GET /aborts', { query: { limit: MAX_CANDIDATES }, signal });
    return items.map(({ abortId, status, reason }) => ({ value: abortId, description: `${reason} (${status})` }));
  },
  feature: async (client, signal) => {
    const { items } = await client.call('GET /features', { signal });
    return items.map(({ name, enabled }) => ({ value: name, description: enabled ? 'on' : 'off' }));
  },
  priority: async () => PRIORITIES.map((value) => ({ value, description: '' })),
};
