import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { startIdentity } from '#processes/process-identity';
import { type ContainerTask, containerTaskSchema } from './container-task.ts';

const processSchema = z.object({ pid: z.int().positive(), startIdentity: z.string() });

const entrySchema = z.object({
  task: containerTaskSchema,
  /** Unguessable, and in the environment of all that the container started. */
  endpointId: z.string(),
  /** Absent when the program could not be started or had already ended. */
  process: processSchema.optional(),
});
export type JournalEntry = z.infer<typeof entrySchema>;

const journalSchema = z.object({ entries: z.array(entrySchema) });

/**
 * Remembers, in a file, the container tasks whose STOPPED event has not been delivered yet.
 * Written whole and put in place by rename, so a killed host leaves either the old or the new one. One host at a time, as the
 * lock of its directory sees to. Without a file nothing is kept.
 */
export class Journal {
  readonly #file: string | undefined;
  readonly #log: (line: string) => void;
  readonly #entries = new Map<string, JournalEntry>();

  constructor(file: string | undefined, log: (line: string) => void) {
    this.#file = file;
    this.#log = log;
  }

  /** Takes over what a previous host left. Throws when the file is no journal or cannot be written. */
  load(): JournalEntry[] {
    if (this.#file === undefined) return [];
    const entries = readEntries(this.#file);
    for (const entry of entries) this.#entries.set(entry.task.taskArn, entry);
    this.#write(this.#file);
    return entries;
  }

  /** Remembers a container that was started just now. Synchronous: the window in which a kill forgets it is as short as can be. */
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

  /** The task is STOPPED and everybody who must know does. */
  forget(taskArn: string): void {
    if (this.#entries.delete(taskArn)) this.#save();
  }

  #save(): void {
    if (this.#file === undefined) return;
    try {
      this.#write(this.#file);
    } catch (error) {
      // A full disk must not end the containers that run; it only costs their recovery.
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
