/** The ARNs of functions. */

const PREFIX = 'arn:aws:lambda:us-east-1:000000000000:function:';

/** The ARN of the function with this name. */
export function arnOf(name: string): string {
  return PREFIX + name;
}

/** The name in an ARN; a name stays as it is. */
export function nameOf(arn: string): string {
  return arn.slice(arn.startsWith(PREFIX) ? PREFIX.length : 0);
}
