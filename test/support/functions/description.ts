/** Checks real replies against the API's description: what it does not have is a fault, also an unknown field. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { describeApi } from '#functions/openapi';
import type { HttpReply } from './http.ts';

const contentSchema = z.record(z.string(), z.object({ schema: z.unknown() }));
const operationSchema = z.looseObject({
  operationId: z.string(),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string(), content: contentSchema })),
});
const documentSchema = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

/** The description as callers read it. */
export const description = documentSchema.parse(JSON.parse(JSON.stringify(describeApi())));

const operations = new Map(
  Object.values(description.paths)
    .flatMap((path) => Object.values(path))
    .map((operation) => [operation.operationId, operation]),
);
// The description is checked against its standard by a suite of its own.
const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, code: { optimize: false } });
addFormats.default(ajv);
ajv.addSchema({ ...Object(closed(description)), $id: 'api' });
/** Compiled schemas by their text: to compile one takes longer than a request to a function. */
const compiled = new Map<string, ValidateFunction>();

/** @throws Error if the description of this function's route has no such reply */
export function checkReply(name: string, reply: HttpReply): void {
  const operation = operations.get(name);
  // The route $default takes what is not described.
  if (!operation) return;
  const { status, headers, body } = reply;
  const code = String(body.code ?? '');
  const response = operation.responses[status === 500 ? 'default' : status];
  const schema = response?.content[headers['content-type'] ?? '']?.schema;
  if (schema === undefined || (status >= 400 && !response?.description.includes(code)))
    throw new Error(`The description of ${name} does not have ${status} ${code} in ${headers['content-type']}.`);
  check(`The reply of ${name}`, schema, body);
}

/** @throws Error if the description refuses this body, which the function has accepted */
export function checkAccepted(name: string, body: unknown): void {
  const schema = operations.get(name)?.requestBody?.content['application/json']?.schema;
  if (schema !== undefined) check(`The body that ${name} has accepted`, schema, body);
}

function check(what: string, schema: unknown, value: unknown): void {
  const text = JSON.stringify(schema);
  const validate = compiled.get(text) ?? ajv.compile(Object(closed(withDocument(text))));
  compiled.set(text, validate);
  if (!validate(value)) throw new Error(`${what} is not as described: ${ajv.errorsText(validate.errors)}`);
}

/** Names of shapes refer to the document. */
function withDocument(schema: string): unknown {
  return JSON.parse(schema.replaceAll('"$ref":"#', '"$ref":"api#'));
}

/** The same schema, but no object has unknown properties unless it says so. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}
