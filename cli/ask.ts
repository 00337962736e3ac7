/** Questions to a person, on the terminal. */
import { createInterface } from 'node:readline/promises';
import { signalOfInterrupt } from './interrupt.ts';

/** The answer, without spaces around it; empty when the input ends. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const signal = signalOfInterrupt();
  // In a terminal, Ctrl-C reaches the question and not the process.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(question, { signal }), ended]);
    return answer.trim();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
