/** The settings of an installation, one by one, with their defaults. */
import { z } from 'zod';
import { DEFAULT_DRAIN_SECONDS, DEFAULT_HISTORY_DAYS } from '#domain/limits';
import { servedGroupsSchema } from '#domain/names';
import { DEFAULT_ROLE_NAMES, DEFAULT_ROLES_CLAIMS, ROLES, roleNamesSchema, rolesClaimsSchema } from '#domain/roles';

/** The longest time that Fargate allows between SIGTERM and SIGKILL. */
const MAX_STOP_TIMEOUT_SECONDS = 120;
const MAX_DRAIN_SECONDS = 24 * 3600;
/** The retentions that CloudWatch Logs has. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;
/** The memory that Fargate has for each amount of CPU units: from, to, in steps of (MiB). */
export const MEMORY: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

/** Variables that others set or read would change the server. */
const variableSchema = z
  .string()
  .regex(
    /^(?!LASTCALL_|AWS_|ECS_|NODE_)[A-Z][A-Z0-9_]*$/,
    'must be capitals, and not begin with LASTCALL_, AWS_, ECS_, NODE_',
  );

/** Which settings there are. `rules.ts` says which of them fit together. */
export const settingsFields = z.strictObject({
  /** Prefixes every name: one account and region can have several installations. */
  installation: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be 1 to 30 small letters, digits and hyphens, a letter first')
    .default('lastcall'),
  drainSeconds: z.int().min(1).max(MAX_DRAIN_SECONDS).default(DEFAULT_DRAIN_SECONDS),
  heartbeatSeconds: z.int().min(1).max(60).default(10),
  slots: z.int().min(1).max(256).default(4),
  /** How many of the slots only tasks of the priority ReservedCapacity get. */
  reservedSlots: z.int().min(0).default(0),
  /** The batch groups that the servers serve; `*` stands for all. */
  batchGroups: servedGroupsSchema.default(['*']),
  /** How many servers run at rest. If 0, the first task that may run wakes the fleet. */
  desiredServers: z.int().min(0).default(0),
  /** If more than `desiredServers`, the fleet grows up to this while tasks wait, and shrinks again. */
  maximumServers: z.int().min(1).max(5000).optional(),
  /** How many of 100 servers run on Fargate Spot: cheaper, but AWS takes them back with two minutes' notice. */
  spotPercent: z.int().min(0).max(100).default(0),
  stopTimeoutSeconds: z.int().min(5).max(MAX_STOP_TIMEOUT_SECONDS).default(MAX_STOP_TIMEOUT_SECONDS),
  cpu: z.union(Object.keys(MEMORY).map((units) => z.literal(Number(units)))).default(1024),
  memoryMiB: z.int().default(7168),
  historyDays: z.int().min(1).default(DEFAULT_HISTORY_DAYS),
  logDays: z.literal(RETENTION_DAYS).default(90),
  /** A server image, such as one with your own handlers; without it the deployment builds `server/Dockerfile`. */
  image: z.string().min(1).optional(),
  /** What `server/Dockerfile` begins from, by its digest; without it, from the digest that the file names. */
  baseImage: z
    .string()
    .regex(/^[\w./:-]+@sha256:[0-9a-f]{64}$/, 'must end with @sha256: and a digest')
    .optional(),
  /** The secret of Secrets Manager with `username` and `password` of the image's registry; ECR needs none. */
  imageSecret: z.string().min(1).optional(),
  /** A folder with your own handlers, which the deployment adds to the image. */
  handlersFolder: z.string().min(1).optional(),
  /** The module with your own handlers: by its path in that folder, or else by its absolute path in the image. */
  handlersFile: z.string().min(1).optional(),
  /** Variables for handlers, and for the server around them. */
  handlerEnvironment: z.record(variableSchema, z.string()).default({}),
  /** Variables with secrets: of Secrets Manager, whole or one field of its JSON, or of the Parameter Store. */
  handlerSecrets: z
    .record(
      variableSchema,
      z.union([
        z.strictObject({ secret: z.string().min(1), field: z.string().min(1).optional() }),
        z.strictObject({ parameter: z.string().startsWith('/') }),
      ]),
    )
    .default({}),
  /** What handlers may do on AWS: nothing by default. */
  handlerPermissions: z
    .array(
      z.strictObject({
        actions: z.array(z.string().regex(/^[a-z0-9-]+:[\w*]+$/, 'must read like s3:GetObject')).min(1),
        resources: z.array(z.string().min(1)).min(1),
      }),
    )
    .default([]),
  /** Security groups of the servers besides their own, for databases that let only these in. */
  securityGroups: z.array(z.string().regex(/^sg-[0-9a-f]+$/)).default([]),
  /** An OpenID Connect issuer. By default a Cognito user pool. */
  issuer: z
    .strictObject({
      url: z.url({ protocol: /^https$/ }),
      audience: z.array(z.string().min(1)).min(1),
      /** Its public clients, for the command line and the console. */
      cliClientId: z.string().min(1).optional(),
      consoleClientId: z.string().min(1).optional(),
      /** Where it gives tokens, if that is on another host: the console may ask no others. */
      tokenUrls: z.array(z.url({ protocol: /^https$/ })).default([]),
    })
    .optional(),
  /** Whether the web console is deployed, with CloudFront in front of it and of the API. */
  console: z.boolean().default(true),
  /** Where CloudFront answers: 100 is North America and Europe, 200 adds Asia and more, All is everywhere. */
  consolePriceClass: z.enum(['100', '200', 'All']).default('100'),
  /** Of the console's frame, to tell one installation from another at a glance. */
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/, 'must read like #1f6feb')
    .default('#1f6feb'),
  /** The names in a token that stand for roles, such as groups; all others are ignored. */
  roles: roleNamesSchema.default(DEFAULT_ROLE_NAMES),
  /** The claims that have these names, such as `groups`, or `scope` for programs. */
  rolesClaims: rolesClaimsSchema.default(DEFAULT_ROLES_CLAIMS),
  /** Programs that sign in to the pool by a secret of their own, each with one role. */
  machines: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/), role: z.enum(ROLES) }))
    .max(20)
    .default([]),
  /** Whether users of the pool need a second factor. */
  mfa: z.enum(['required', 'optional']).default('required'),
  /** Of a new network. With 0 the servers have public addresses, and still nothing can reach them. */
  natGateways: z.int().min(0).max(3).default(0),
  alarmEmail: z.email().optional(),
  /** Contributor Insights of DynamoDB, which name the keys that are throttled. They cost by what they record. */
  hotKeys: z.boolean().default(false),
  /** Keeps some of the account's concurrency for what settles servers. It needs a quota well above 100. */
  reserveConcurrency: z.boolean().default(true),
  containerInsights: z.boolean().default(false),
  /** `destroy` deletes all records with the stacks, for test stacks. */
  removal: z.enum(['retain', 'destroy']).default('retain'),
});
