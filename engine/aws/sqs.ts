/**
 * Sends requests of SQS by its JSON protocol, with the connections, credentials and signer of another client. The SDK's
 * own client of SQS would make each function that nudges servers 24 kB larger, for four small requests.
 */
import type { SendOptions } from '#store/dynamodb/deadline';
import { stepFunctions } from './clients.ts';

type Options = SendOptions & { readonly requestTimeout?: number };

/**
 * The parsed reply to one attempt of a request.
 * @throws Error with SQS's own words if it refuses the request, and the SDK's error if it cannot be reached
 */
export async function askSqs(operation: string, input: { QueueUrl: string }, options: Options): Promise<unknown> {
  const { config } = stepFunctions();
  const { response } = await config.requestHandler.handle(await signed(operation, input), options);
  const text = Buffer.from(await config.streamCollector(response.body)).toString();
  if (response.statusCode !== 200) throw new Error(`SQS refused ${operation}: ${response.statusCode} ${text}`);
  return JSON.parse(text);
}

/** Source: Amazon SQS developer guide, "Making AWS JSON protocol requests to Amazon SQS". */
async function signed(operation: string, input: { QueueUrl: string }) {
  const { config } = stepFunctions();
  const { protocol, hostname, port, host } = new URL(input.QueueUrl);
  const body = JSON.stringify(input);
  const request = {
    method: 'POST',
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: '/',
    query: {},
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': `AmazonSQS.${operation}`,
    },
    body,
  };
  const signer = await config.signer();
  const signingDate = new Date(Date.now() + config.systemClockOffset);
  return signer.sign(request, { signingDate, signingService: 'sqs' });
}
