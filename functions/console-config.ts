/** What the console and the command line need to know of a system before anyone has signed in. */
import * as z from 'zod';
import { WrongSettings } from '#domain/errors';
import { consoleConfigSchema } from '#domain/replies';

type ConsoleConfig = z.infer<typeof consoleConfigSchema>;
const schema = z.object({
  LASTCALL_CONSOLE: z.string().transform(readJson).pipe(consoleConfigSchema),
});
let known: ConsoleConfig | undefined;

/**
 * The variable LASTCALL_CONSOLE, read once.
 * @throws WrongSettings if it is missing or wrong
 */
export function consoleConfig(): ConsoleConfig {
  known ??= readConfig();
  return known;
}

function readConfig(): ConsoleConfig {
  const parsed = schema.safeParse(process.env);
  if (parsed.success) return parsed.data.LASTCALL_CONSOLE;
  throw new WrongSettings(z.prettifyError(parsed.error));
}

function readJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is not JSON: ${error}` });
    return z.NEVER;
  }
}
