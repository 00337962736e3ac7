/** One JSON line on standard output for what an operator may want to know of a server. */
export function log(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
  const { error, ...rest } = facts;
  const shown =
    error instanceof Error ? { ...rest, error: `${error.name}: ${error.message}`, stack: error.stack } : facts;
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), message, ...shown })}\n`);
}
