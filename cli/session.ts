/** What a command works with: a client of the chosen system, and how it prints. */
import { type Format, formatOf } from '#cli/output/format';
import { note } from '#cli/output/notes';
import { chooseProfile, type Profile } from '#cli/state/profiles';
import { Client } from '#client/client';
import { signalOfInterrupt } from './interrupt.ts';
import { tokenSource } from './tokens.ts';

/** A command with its own options and those of the program. */
type Optioned = { optsWithGlobals(): object };

/** What a command works with. */
export type Session = {
  readonly client: Client;
  readonly profile: Profile;
  readonly format: Format;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

/** @throws Stopped when an option or the configuration file is wrong */
export async function openSession(command: Optioned): Promise<Session> {
  const options: Readonly<Record<string, unknown>> = { ...command.optsWithGlobals() };
  const profile = await chooseProfile({ url: text(options.url), profile: text(options.profile) });
  const client = new Client({ url: profile.url, token: tokenSource(profile), onRepeat: saidOnce() });
  const format = formatOf(options.json === true ? 'json' : text(options.output));
  return { client, profile, format, signal: signalOfInterrupt() };
}

/** A system that starts anew answers a little later; who waits for it must not think that the command hangs. */
function saidOnce(): (cause: Error) => void {
  let isSaid = false;
  return ({ message }) => {
    if (!isSaid) note(`${message} Trying again.`);
    isSaid = true;
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
