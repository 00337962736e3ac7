/** The program that synthesizes each app of its argument, one after the other: a process has one environment. */
import { argv, env } from 'node:process';
import { z } from 'zod';

const appsSchema = z.array(z.object({ path: z.string(), directory: z.string(), context: z.unknown() }));

for (const [index, { path, directory, context }] of appsSchema.parse(JSON.parse(argv[2] ?? '')).entries()) {
  env.CDK_OUTDIR = directory;
  env.CDK_CONTEXT_JSON = JSON.stringify(context);
  // A module of its own each time, also where several are one app with different settings.
  await import(`${path}?${index}`);
}
