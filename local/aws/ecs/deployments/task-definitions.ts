/** The revisions of the one task definition. */
import { z } from 'zod';
import { type HealthCheck, healthCheckSchema } from '#local/aws/ecs/containers/health-check';
import type { Names } from '#local/aws/ecs/names';
import { AwsError, type Operations, operation } from '#local/aws/wire/aws-json';

/** What a revision changes of a container: its program, its health check, and some of its variables. */
type Revision = {
  readonly command?: readonly string[] | undefined;
  readonly healthCheck?: HealthCheck | undefined;
  readonly environment: Readonly<Record<string, string>>;
};

/** The revisions, from 1 on. The first one changes nothing. */
export class TaskDefinitions {
  readonly #revisions: Revision[] = [{ environment: {} }];

  /** The newest revision, by number. */
  get latest(): number {
    return this.#revisions.length;
  }

  /** Adds a revision and returns its number. */
  register(revision: Revision): number {
    return this.#revisions.push(revision);
  }

  /** The revision of this number, if there is one. */
  find(revision: number): Revision | undefined {
    return this.#revisions[revision - 1];
  }

  /**
   * The number that a family, `family:revision` or an ARN names; without a revision it is the latest.
   * @throws AwsError ClientException for an unknown one
   */
  numberOf(names: Names, nameOrArn: string): number {
    const [family, revision] = nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1).split(':');
    const number = revision === undefined ? this.latest : Number(revision);
    if (family === names.service && this.find(number) !== undefined) return number;
    throw new AwsError('ClientException', 'Unable to describe task definition.');
  }
}

const registerSchema = z.strictObject({
  family: z.string(),
  containerDefinitions: z.tuple([
    z.looseObject({
      name: z.string(),
      command: z.array(z.string()).min(1).optional(),
      healthCheck: healthCheckSchema.optional(),
      environment: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
    }),
  ]),
});

/** RegisterTaskDefinition: a further revision of the service's task definition, with one container. */
export function taskDefinitionOperations(definitions: TaskDefinitions, names: Names): Operations {
  return {
    RegisterTaskDefinition: operation(registerSchema, ({ family, containerDefinitions }) => {
      if (family !== names.service) throw new AwsError('ClientException', `Here is only the family ${names.service}.`);
      const [{ command, healthCheck, environment }] = containerDefinitions;
      const variables = Object.fromEntries(environment.map(({ name, value }) => [name, value]));
      const revision = definitions.register({ command, healthCheck, environment: variables });
      const taskDefinitionArn = names.taskDefinitionArnOf(revision);
      return { taskDefinition: { taskDefinitionArn, family, revision, status: 'ACTIVE', containerDefinitions } };
    }),
  };
}
