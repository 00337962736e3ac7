/** Tells the errors of the operating system apart. */
import { z } from 'zod';

const SystemError = z.object({ code: z.string() });

/** The code of an error of Node's own, ENOENT for instance; undefined for any other. */
export function codeOf(error: unknown): string | undefined {
  return SystemError.safeParse(error).data?.code;
}
