/** A host of Lambda to kill: it prints the process of an environment that is frozen, and waits. */
import { fileURLToPath } from 'node:url';
import { Environments } from '#local/aws/lambda/environments';

const file = fileURLToPath(new URL('./lambda-program.ts', import.meta.url));
const programs = [{ name: 'trial', file, timeoutSeconds: 20, memoryMb: 512 }];
const lambda = new Environments({ programs, environment: {}, log: console.error });
console.log(JSON.stringify(await lambda.invoke('trial', { do: 'return' })));
setInterval(() => {}, 60_000);
