/** Follows an abort to its proven end. */
import { EXIT, type ExitCode, Stopped } from '#cli/exit-codes';
import { Interrupted } from '#cli/interrupt';
import { abortText, progressLines, proofText } from '#cli/output/abort';
import { print, show } from '#cli/output/format';
import { LiveLines } from '#cli/output/live-lines';
import { isLive, note, suggest } from '#cli/output/notes';
import type { Session } from '#cli/session';
import { howToSignIn } from '#cli/tokens';
import { type Abort, Refused, SignInFailed } from '#client/client';
import { pause } from '#client/pace';

const SECOND_MS = 1_000;
/** A container on AWS takes a minute or two to start. None follows if the fleet has become smaller. */
const REPLACEMENT_LIMIT_MS = 120_000;
const REPLACEMENT_LOOK_MS = 2_000;
const UNAUTHORIZED = 401;

/**
 * Returns 0 when the abort is Completed, 1 when it is Withdrawn or Failed, 130 after Ctrl-C: that ends the following
 * alone, never the abort.
 * @throws Stopped when the API takes no token of this session any more
 */
export async function followAbort(session: Session, abortId: string): Promise<ExitCode> {
  let seen: Abort | undefined;
  try {
    const abort = await followToEnd(session, abortId, (each) => {
      seen = each;
    });
    if (session.format === 'table') print(proofText(abort));
    else await show(session.format, abort, abortText);
    suggest(`lastcall job ${abort.jobId}`);
    return abort.status === 'Completed' ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (isSignedOut(error)) throw signedOut(abortId);
    if (!(error instanceof Interrupted)) throw error;
    note('You have left; the abort goes on.');
    const withdraw = seen?.status === 'Draining' ? `, or lastcall withdraw ${abortId}` : '';
    suggest(`lastcall abort-status ${abortId} --watch${withdraw}`);
    return EXIT.interrupted;
  }
}

async function followToEnd(session: Session, abortId: string, onSeen: (abort: Abort) => void): Promise<Abort> {
  const { client, signal } = session;
  const lines = new LiveLines();
  const onTrouble = ({ message }: Error) => lines.keep(`${message} The abort goes on; trying again.`);
  let seen: Abort | undefined;
  const showSeen = () => seen && lines.show([statusLine(seen), ...progressLines(seen, { countdown: isLive() })]);
  // Between two looks only the countdown moves.
  const countdown = isLive() ? setInterval(showSeen, SECOND_MS) : undefined;
  try {
    for await (const abort of client.watchAbort(abortId, { signal, onTrouble })) {
      seen = abort;
      onSeen(abort);
      showSeen();
    }
    for await (const abort of untilReplaced(session, seen)) {
      seen = abort;
      showSeen();
    }
  } finally {
    clearInterval(countdown);
  }
  return seen ?? (await client.call('GET /aborts/{abortId}', { path: { abortId } }));
}

/** The servers that replace others may start after the abort has ended. */
async function* untilReplaced({ client, signal }: Session, last: Abort | undefined): AsyncGenerator<Abort> {
  const giveUpAt = Date.now() + REPLACEMENT_LIMIT_MS;
  let abort = last;
  while (abort !== undefined && lacksReplacement(abort) && Date.now() < giveUpAt) {
    await pause(REPLACEMENT_LOOK_MS, signal);
    abort = await client.call('GET /aborts/{abortId}', { path: { abortId: abort.abortId }, signal });
    yield abort;
  }
}

function lacksReplacement({ servers }: Abort): boolean {
  return servers.some(({ stoppedAt, replacedBy }) => stoppedAt !== undefined && replacedBy === undefined);
}

function statusLine({ abortId, status }: Abort): string {
  return `abort ${abortId}: ${status}`;
}

function isSignedOut(error: unknown): boolean {
  return error instanceof SignInFailed || (error instanceof Refused && error.status === UNAUTHORIZED);
}

function signedOut(abortId: string): Stopped {
  return new Stopped('Your token is not valid any more. The abort goes on without you.', {
    exitCode: EXIT.notAllowed,
    next: `${howToSignIn()}, then lastcall abort-status ${abortId} --watch`,
  });
}
