/** The text of a job, checked as the command line checks a file. */
import { type Document, parseDocument } from 'yaml';
import { checkJobFile } from '#client/job-file/check-job-file';
import type { SubmitJobRequest } from '#domain/requests';

/** What the text says: a job to send, or what is wrong with it. */
type Checked = { readonly problems: readonly string[]; readonly job?: SubmitJobRequest };

const FILE = 'job';

/** The job in the text; what the API alone knows, it refuses itself. */
export function checkText(text: string): Checked {
  const checked = checkJobFile(text, FILE);
  if (checked.problems === undefined) return { problems: [], job: checked.request };
  return { problems: checked.problems.map((problem) => problem.replace(/^job:(\d+):(\d+): /, 'Line $1, column $2: ')) };
}

/** What the text says so far, also if it is no complete job; undefined if it cannot be read. */
export function readText(text: string): Readonly<Record<string, unknown>> | undefined {
  const document = parseDocument(text);
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** The text with one part changed: comments and order stay. */
export function withChange(text: string, change: (document: Document) => void): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  change(document);
  return document.toString();
}
