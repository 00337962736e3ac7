import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { startIdentity } from '#processes/process-identity';
import { type ContainerTask, containerTaskSchema } from './container-task.ts';

const processSchema = z.object({ pid: z.int().positive(), startIdentity: z.string() });

const entrySchema = z.object({
  task: containerTaskSchema,
  /** Unguessable, and in the environment of every process of the container. */
  endpointId: z.string(),
  /** Undefined when the program could not start or had already ended. */
  process: processSchema.optional(),
});
/** A container task of a lost host, and how to find its processes. */
export type JournalEntry = z.infer<typeof entrySchema>;

const journalSchema = z.object({ entries: z.array(entrySchema) });

/**
 * Keeps in a file the container tasks whose STOPPED event is still to be delivered. Without a file it keeps nothing.
 * Each write replaces the file by a rename, so a killed host leaves the old file or the new one. The lock of the
 * directory ensures that one host uses it at a time.
 */
export class Journal {
  readonly #file: string | undefined;
  readonly #log: (line: string) => void;
  readonly #entries = new Map<string, JournalEntry>();

  constructor(file: string | undefined, log: (line: string) => void) {
    this.#file = file;
    this.#log = log;
  }

  /**
   * Reads the entries that a previous host left.
   * @throws Error when the file is no journal or cannot be written
   */
  load(): JournalEntry[] {
    if (this.#file === undefined) return [];
    const entries = readEntries(this.#file);
    for (const entry of entries) this.#entries.set(entry.task.taskArn, entry);
    this.#write(this.#file);
    return entries;
  }

  /** Adds a container that has just started. Synchronous: a kill in between would lose the container. */
  begin(entry: { task: ContainerTask; endpointId: string; pid: number | undefined }): void {
    const { task, endpointId, pid } = entry;
    const identity = pid === undefined ? undefined : startIdentity(pid);
    const started = pid === undefined || identity === undefined ? {} : { process: { pid, startIdentity: identity } };
    this.#entries.set(task.taskArn, { task, endpointId, ...started });
    this.#save();
  }

  /** Keeps the task's newest document. */
  record(task: ContainerTask): void {
    const entry = this.#entries.get(task.taskArn);
    if (entry === undefined) return;
    this.#entries.set(task.taskArn, { ...entry, task });
    this.#save();
  }

  /** Removes a task that is STOPPED and whose event has been delivered. */
  forget(taskArn: string): void {
    if (this.#entries.delete(taskArn)) this.#save();
  }

  #save(): void {
    if (this.#file === undefined) return;
    try {
      this.#write(this.#file);
    } catch (error) {
      // A full disk must not end running containers; it only prevents their recovery.
      this.#log(`ecs: the journal could not be written: ${error}`);
    }
  }

  #write(file: string): void {
    const partial = `${file}.partial`;
    writeFileSync(partial, JSON.stringify({ entries: [...this.#entries.values()] }));
    renameSync(partial, file);
  }
}

function readEntries(file: string): JournalEntry[] {
  return existsSync(file) ? journalSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).entries : [];
}
