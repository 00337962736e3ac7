/** The JSON Schema of a job file, made from the schema by which a submission is read: it cannot differ from it. */
import * as z from 'zod';
import { submitJobSchema } from '#domain/requests';

/** The format of a time says enough; its pattern is long. */
export function leavePattern(schema: { format?: string | undefined; pattern?: string | undefined }): void {
  if (schema.format === 'date-time') delete schema.pattern;
}

/** The schema in draft 7, which editors know best. A file may name its schema in `$schema`. */
export function describeJobFile() {
  const { $schema, properties, ...rest } = z.toJSONSchema(submitJobSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => leavePattern(jsonSchema),
  });
  return {
    $schema,
    title: 'Lastcall job',
    description: 'A job as `POST /jobs` takes it, and as a job file (*.lastcall.yaml) has it.',
    ...rest,
    properties: { $schema: { type: 'string', description: 'The schema of this file, for editors.' }, ...properties },
  };
}
