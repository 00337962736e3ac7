/** The text of a job: YAML, of which JSON is a part. */
import { type Document, LineCounter, parseDocument } from 'yaml';

export type TextProblem = { readonly line: number; readonly column: number; readonly message: string };
/** What the text says: a job to send, or what is wrong with it. */
export type Checked = { readonly problems: readonly TextProblem[]; readonly job?: Readonly<Record<string, unknown>> };

/** The job in the text; what the API alone knows, it refuses itself. */
export function checkText(text: string): Checked {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems = document.errors.map(({ message, pos }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return { line, column: col, message };
  });
  if (problems.length > 0) return { problems };
  const value: unknown = document.toJS();
  if (!isRecord(value)) return { problems: [{ line: 1, column: 1, message: 'A job has a name and tasks.' }] };
  return { problems, job: value };
}

/** The text with one part changed: comments and order stay. */
export function withChange(text: string, change: (document: Document) => void): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  change(document);
  return document.toString();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
