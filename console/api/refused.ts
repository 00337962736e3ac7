/** A refusal of the API, as its problem+json says. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  readonly status: number;
  /** The id under which the log of the API knows the request. */
  readonly requestId: string | undefined;
  /** All members of the problem, such as `plan` with PlanChanged. */
  readonly problem: Readonly<Record<string, unknown>>;

  private constructor(reply: Response, problem: Readonly<Record<string, unknown>>) {
    super(String(problem.detail ?? `The API replied ${reply.status}.`));
    this.code = String(problem.code ?? 'Internal');
    this.status = reply.status;
    this.requestId = reply.headers.get('apigw-requestid') ?? undefined;
    this.problem = problem;
  }

  static async of(reply: Response): Promise<Refused> {
    const problem: unknown = await reply.json().catch(() => ({}));
    return new Refused(reply, typeof problem === 'object' && problem !== null ? { ...problem } : {});
  }
}
