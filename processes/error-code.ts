/** The codes of Node's own errors. */
import { z } from 'zod';

const systemErrorSchema = z.object({ code: z.string() });

/** The code of an error of Node, such as ENOENT; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  return systemErrorSchema.safeParse(error).data?.code;
}
