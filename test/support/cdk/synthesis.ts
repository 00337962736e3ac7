/** Synthesizes an app as `cdk synth` does, without account, region or credentials, and reads the templates. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { z } from 'zod';

export const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const BIN = join(REPOSITORY, 'node_modules', '.bin');
const { NODE_COMPILE_CACHE } = process.env;
const PROGRAM = join(import.meta.dirname, 'synthesize.ts');
const SYNTHESIS_LIMIT_MS = 120_000;
export const PARTITION = 'aws';
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DependsOn: z.array(z.string()).default([]),
    }),
  ),
});
const contextFileSchema = z.object({ context: z.record(z.string(), z.unknown()) });
export type Resource = {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The ids of the resources that exist before it. */
  readonly dependsOn: readonly string[];
};
export type Synthesis = {
  readonly directory: string;
  /** Seconds of processor time of the process, which other work on this machine does not lengthen. */
  readonly seconds: number;
  /** The text of the templates, by the names of their stacks. */
  readonly templates: ReadonlyMap<string, string>;
  /** All resources of a type, with every reference resolved to a name or an ARN, as the deployment does. */
  resources(type: string): Resource[];
};

/** Runs a command, and prints at the end the processor time of its processes. */
const TIMED = ['/bin/sh', '-c', '"$@"; status=$?; times; exit $status', 'timed'];

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Synthesizes by `npx cdk synth`, as on a fresh clone. */
export async function synthesizeByCommand(): Promise<Synthesis> {
  const directory = makeDirectory();
  const output = await runTimed([join(BIN, 'cdk'), 'synth', '--quiet', '--output', directory], {});
  return readSynthesis(directory, secondsOf(output));
}

/** An app by its path, and what its context has beside that of `cdk.json`. */
export type AppToSynthesize = { readonly app?: string; readonly context?: object };

/** Synthesizes other apps, or with other settings, without the command; one process does it for all of them. */
export async function synthesizeApps(apps: readonly AppToSynthesize[]): Promise<Synthesis[]> {
  const file = contextFileSchema.parse(JSON.parse(readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8')));
  const all = apps.map(({ app = 'cdk/app.ts', context = {} }) => ({
    path: join(REPOSITORY, app),
    directory: makeDirectory(),
    context: { ...file.context, ...context },
  }));
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(all)];
  // CDK's own validation of templates takes a third of the time; `cdk synth` above has it done.
  const output = await runTimed(command, { CDK_VALIDATION: 'false' });
  return all.map(({ directory }) => readSynthesis(directory, secondsOf(output)));
}

/** Synthesizes one app by a process of its own. */
export async function synthesizeApp(app: AppToSynthesize): Promise<Synthesis> {
  const [synthesis] = await synthesizeApps([app]);
  if (!synthesis) throw new Error('The app was not synthesized.');
  return synthesis;
}

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'synthesis-'));
  directories.push(directory);
  return directory;
}

function runTimed(command: readonly string[], variables: object): Promise<string> {
  return run([...TIMED, ...command], {
    ...bareEnvironment(makeDirectory()),
    // What Node has compiled of the CDK, if the tests run by `npm test`.
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    ...variables,
  });
}

function readSynthesis(directory: string, seconds: number): Synthesis {
  refuseWarnings(directory);
  const files = readdirSync(directory).filter((file) => file.endsWith('.template.json'));
  const templates = new Map(
    files.map((file) => [file.slice(0, -'.template.json'.length), readFileSync(join(directory, file), 'utf8')]),
  );
  return { directory, seconds, templates, resources: resourcesOf(templates) };
}

const metadataSchema = z.record(z.string(), z.array(z.looseObject({ type: z.string(), data: z.unknown() })));

/**
 * The CDK warns where it could not do what an app seems to mean, such as let a server pull its image.
 * @throws Error with the warnings of all stacks
 */
function refuseWarnings(directory: string): void {
  const files = readdirSync(directory).filter((file) => file.endsWith('.metadata.json'));
  const warnings = files
    .flatMap((file) => Object.entries(metadataSchema.parse(JSON.parse(readFileSync(join(directory, file), 'utf8')))))
    .flatMap(([path, entries]) =>
      entries.flatMap(({ type, data }) => (type === 'aws:cdk:warning' ? `${path}: ${data}` : [])),
    );
  if (files.length === 0 || warnings.length > 0) throw new Error(`The CDK warns:\n${warnings.join('\n')}`);
}

/** The user and system time of the children, from the last line of `times`: `0m9.120s 0m0.980s`. */
function secondsOf(output: string): number {
  const times = output.trim().split('\n').at(-1) ?? '';
  const parts = [...times.matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) throw new Error(`This is not the output of times: ${times}`);
  return parts.reduce((total, [, minutes, seconds]) => total + 60 * Number(minutes) + Number(seconds), 0);
}

/** An environment without the user's AWS and without Docker. */
export function bareEnvironment(home: string): Record<string, string> {
  return { PATH: [BIN, '/usr/bin', '/bin'].join(delimiter), HOME: home, AWS_EC2_METADATA_DISABLED: 'true' };
}

/**
 * Runs a program to its end and returns its output.
 * @throws Error with the output if the program fails
 */
export async function run(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string = REPOSITORY,
): Promise<string> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: SYNTHESIS_LIMIT_MS });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code}:\n${output}`);
  return output;
}

function resourcesOf(templates: ReadonlyMap<string, string>): Synthesis['resources'] {
  const all = [...templates.values()].flatMap((text) => {
    const { Resources } = templateSchema.parse(JSON.parse(text));
    const resources = Object.entries(Resources).map(([id, { Type, Properties, DependsOn }]) => ({
      id,
      type: Type,
      properties: Properties,
      dependsOn: DependsOn,
    }));
    const known = new Map(resources.map((resource) => [resource.id, resource]));
    return resources.map((resource) => ({
      ...resource,
      properties: recordSchema.parse(evaluate(resource.properties, known)),
    }));
  });
  return (type) => all.filter((resource) => resource.type === type);
}

const recordSchema = z.record(z.string(), z.unknown());
const referenceSchema = z.strictObject({ Ref: z.string() });
const attributeSchema = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const joinSchema = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': PARTITION,
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};
/** The property that has the name of a type's resource, and the ARN with that name. */
const NAMED: Readonly<Record<string, readonly [property: string, arn: (name: string) => string]>> = {
  'AWS::Lambda::Function': ['FunctionName', (name) => arn(`lambda:REGION:function:${name}`)],
  'AWS::Logs::LogGroup': ['LogGroupName', (name) => arn(`logs:REGION:log-group:${name}:*`)],
  'AWS::DynamoDB::Table': ['TableName', (name) => arn(`dynamodb:REGION:table/${name}`)],
  'AWS::SNS::Topic': ['TopicName', (name) => arn(`sns:REGION:${name}`)],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', (name) => arn(`states:REGION:stateMachine:${name}`)],
};

function arn(rest: string): string {
  return `arn:${PARTITION}:${rest.replace('REGION', `${REGION}:${ACCOUNT}`)}`;
}

/** A value with its references resolved; a resource that only the deployment names has its id in the template. */
function evaluate(value: unknown, known: ReadonlyMap<string, Resource>): unknown {
  if (Array.isArray(value)) return value.map((each) => evaluate(each, known));
  if (typeof value !== 'object' || value === null) return value;
  const joined = joinSchema.safeParse(value);
  if (joined.success)
    return joined.data['Fn::Join'][1].map((part) => evaluate(part, known)).join(joined.data['Fn::Join'][0]);
  const reference = referenceSchema.safeParse(value);
  if (reference.success) return PSEUDO[reference.data.Ref] ?? nameOf(reference.data.Ref, known);
  const attribute = attributeSchema.safeParse(value);
  if (attribute.success) return attributeOf(attribute.data['Fn::GetAtt'], known);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, evaluate(each, known)]));
}

function nameOf(id: string, known: ReadonlyMap<string, Resource>): string {
  const found = known.get(id);
  const [property] = NAMED[found?.type ?? ''] ?? [];
  const name = property === undefined ? undefined : found?.properties[property];
  return typeof name === 'string' ? name : id;
}

function attributeOf([id, attribute]: readonly [string, string], known: ReadonlyMap<string, Resource>): string {
  const [, arnOf] = NAMED[known.get(id)?.type ?? ''] ?? [];
  return attribute === 'Arn' && arnOf ? arnOf(nameOf(id, known)) : `${id}.${attribute}`;
}
