/** What is said to people beside the data: on stderr, so that a pipe gets the data alone. */
import { stderr, stdin, stdout } from 'node:process';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Says something on stderr. */
export function note(text: string): void {
  stderr.write(`${text}\n`);
}

/** Names the command that is useful now. */
export function suggest(command: string): void {
  note(`Next: ${asTyped(command)}`);
}

/** The commands of the text as they work here: who runs this by npx has no `lastcall` in the shell. */
export function asTyped(text: string): string {
  return process.env.npm_command === 'exec' ? text.replaceAll(/\blastcall (?=[a-z-])/g, 'npx lastcall ') : text;
}

/** Whether a person can be asked. */
export function canAsk(): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && !isSet('CI');
}

/** Whether lines that were printed can be replaced by newer ones. */
export function isLive(): boolean {
  return stderr.isTTY === true && !isSet('CI') && process.env.TERM !== 'dumb';
}

/** The text in a style, where the terminal shows one (https://no-color.org). */
export function styled(style: Style, text: string, stream: { isTTY?: boolean } = stdout): string {
  const isShown = stream.isTTY === true && !isSet('NO_COLOR') && !isSet('CI') && process.env.TERM !== 'dumb';
  return isShown ? styleText(style, text, { validateStream: false }) : text;
}

function isSet(variable: string): boolean {
  return (process.env[variable] ?? '') !== '';
}
