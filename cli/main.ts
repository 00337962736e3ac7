/** The program `lastcall`: reads the command line, runs one command, and sets the exit code. */
import { Command, CommanderError } from '@commander-js/extra-typings';
import { COMMANDS } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { asTyped, note } from './output/notes.ts';

const FORMATS = 'table, json, jsonl or yaml';

/** Runs the command that this process was started with. */
export async function main(version: string): Promise<void> {
  // A reader such as `head` may close the pipe.
  process.stdout.on('error', () => process.exit(EXIT.done));
  try {
    const argv = withoutHelp(process.argv);
    await (await programOf(argv, version)).parseAsync(argv);
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? codeOf(error) : await explain(error);
  }
}

/** Help on a command that does not exist is the use of it: the nearest name helps more than all of them. */
function withoutHelp([node = '', program = '', ...args]: readonly string[]): string[] {
  const [first, name] = args;
  const isUnknown = first === 'help' && name !== undefined && !name.startsWith('-') && !Object.hasOwn(COMMANDS, name);
  return [node, program, ...(isUnknown && name !== 'help' ? args.slice(1) : args)];
}

/** All commands by name and summary; only the code of those that the command line may mean is loaded. */
async function programOf(argv: readonly string[], version: string): Promise<Command> {
  const program = new Command('lastcall')
    .description('Runs batch jobs and stops them safely.')
    .version(version)
    .option('--url <url>', 'the system, by default that of the profile, of LASTCALL_URL or http://127.0.0.1:4000')
    .option('--profile <name>', 'a profile of the configuration file')
    .option('-o, --output <format>', FORMATS)
    .option('--json', 'print what the API replies, like --output json')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text) => note(oneLine(text)) })
    .showHelpAfterError(whereHelpIs('lastcall'))
    .exitOverride();
  for (const [name, { summary, load, isHidden = false }] of Object.entries(COMMANDS)) {
    const command = program.command(name, { hidden: isHidden }).description(summary);
    command.showHelpAfterError(whereHelpIs(`lastcall ${name}`));
    if (argv.includes(name)) (await load())(command);
    else command.allowUnknownOption().allowExcessArguments();
  }
  return program;
}

/** What Commander says of wrong use, such as `error: unknown command 'jbos'` and a guess in a line of its own. */
function oneLine(text: string): string {
  return text
    .trimEnd()
    .replace(/^error: /, 'lastcall: ')
    .replace(/\n\((.*)\)$/, '. $1');
}

function whereHelpIs(command: string): string {
  return `  Next: ${asTyped(`${command} --help`)}`;
}

function codeOf({ exitCode }: CommanderError): number {
  return exitCode === 0 ? EXIT.done : EXIT.wrongUse;
}

async function explain(error: unknown): Promise<number> {
  const { explainError } = await import('#cli/output/errors');
  return explainError(error);
}
