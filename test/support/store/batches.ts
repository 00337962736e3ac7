/** The requests on a wire that carry several guarded writes. */
import type { Call, Wire } from './wire.ts';

export function isBatch({ operation }: Pick<Call, 'operation'>): boolean {
  return operation === 'BatchExecuteStatement';
}

/** The numbers of statements in the batches that are sent during the act. */
export async function sizesDuring(wire: Wire, act: () => Promise<unknown>): Promise<number[]> {
  const sizes: number[] = [];
  const stop = wire.onCall((call) => isBatch(call) && sizes.push(JSON.parse(call.body).Statements.length));
  await act();
  stop();
  return sizes;
}
