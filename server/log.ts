/** Writes one JSON line to standard output. An `error` among the fields is written with its name, message and stack. */
export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const { error, ...rest } = fields;
  const shown =
    error instanceof Error ? { ...rest, error: `${error.name}: ${error.message}`, stack: error.stack } : fields;
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), message, ...shown })}\n`);
}
