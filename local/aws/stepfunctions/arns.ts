/** Names of things as AWS forms them; the region and the account are this host's own. */

export const REGION = 'us-east-1';
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/lastcall-local';
const PREFIX = `arn:aws:states:${REGION}:000000000000`;

/** The ARN of a state machine. */
export function stateMachineArn(name: string): string {
  return `${PREFIX}:stateMachine:${name}`;
}

/** The ARN of an execution. */
export function executionArn(stateMachine: string, name: string): string {
  return `${PREFIX}:execution:${stateMachine}:${name}`;
}
