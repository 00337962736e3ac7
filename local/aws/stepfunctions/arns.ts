/** Names as AWS forms them. The region and the account exist on this machine alone. */

export const REGION = 'us-east-1';
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/local';
const PREFIX = `arn:aws:states:${REGION}:000000000000`;

/** The ARN of a state machine. */
export function stateMachineArn(name: string): string {
  return `${PREFIX}:stateMachine:${name}`;
}

/** The ARN of an execution. */
export function executionArn(stateMachine: string, name: string): string {
  return `${PREFIX}:execution:${stateMachine}:${name}`;
}
