import { dirname, extname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { type Pace, readPaced } from '#processes/paced-output';
import { type Exit, ProcessGroup } from '#processes/process-group';
import { ProcessMark } from '#processes/process-mark';
import { type Order, reportSchema } from '#server/execution/messages';
import { handlerEnvironment } from '#server/handlers/environment';
import type { Carrier, CarrierOptions, Listener } from './carrier.ts';

const PROGRAM = join(dirname(import.meta.dirname), 'host', `process-main${extname(import.meta.filename)}`);
/** A report has a result of at most 64 KiB, written as a JSON string within JSON. */
const MAX_REPORT_CHARACTERS = 1024 * 1024;
/** The end of its reports is most often the end of the process. */
const SILENT_MS = 1_000;
/** The largest result comes at once. */
const REPORT_BURST_BYTES = 512 * 1024;

/** A Node process that leads its own group. It is gone when no process of the group is left. */
export class HandlerProcess implements Carrier {
  readonly exited: Promise<unknown>;
  readonly gone: Promise<unknown>;
  readonly mark = new ProcessMark();
  readonly #group: ProcessGroup;
  #fault: string | undefined;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor({ handlersFile, maxHeapMb, pace }: CarrierOptions, listener: Listener) {
    this.#group = ProcessGroup.start({
      argv: [process.execPath, `--max-old-space-size=${maxHeapMb}`, PROGRAM, ...(handlersFile ? [handlersFile] : [])],
      env: handlerEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      channel: 'pipe',
      mark: this.mark,
    });
    const { stdout, stderr } = this.#group.leader;
    // The server's own output is written at once, so it must never be full.
    const reading = { ...pace, writerEnd: this.#group.exit };
    if (stdout) readPaced(stdout, reading, (chunk) => void process.stdout.write(chunk));
    if (stderr) readPaced(stderr, reading, (chunk) => void process.stderr.write(chunk));
    this.#listen(listener, pace);
    this.exited = this.#group.exit.then((exit) => this.#fault ?? howEnded(exit));
    this.gone = this.#group.gone.then((exit) => this.#fault ?? howEnded(exit));
  }

  get group(): number | undefined {
    return this.#group.leader.pid;
  }

  post(order: Order): void {
    this.#group.channel?.write(`${JSON.stringify(order)}\n`);
  }

  end(): void {
    this.#group.kill();
  }

  #listen(listener: Listener, pace: Pace): void {
    const { channel, exit: writerEnd } = this.#group;
    // A write to a process that has just ended fails. It needs no care: the exit ends the attempt.
    channel?.on('error', () => undefined);
    channel?.on('end', () => this.#endSilent());
    if (channel)
      readPaced(channel, { ...pace, burstBytes: REPORT_BURST_BYTES, writerEnd }, (chunk) =>
        this.#hear(chunk, listener),
      );
  }

  /** A process that has closed the channel can report nothing any more, not even its end. */
  #endSilent(): void {
    const timer = setTimeout(() => this.#endFor('it closed its channel to the server'), SILENT_MS);
    void this.#group.exit.then(() => clearTimeout(timer));
  }

  #endFor(fault: string): void {
    this.#fault = fault;
    this.end();
  }

  #hear(chunk: Buffer, listener: Listener): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const { data: report } = reportSchema.safeParse(parse(line));
      if (report) listener(report);
    }
    if (this.#rest.length <= MAX_REPORT_CHARACTERS) return;
    this.#rest = '';
    this.#endFor(`it reported more than ${MAX_REPORT_CHARACTERS} characters at once`);
  }
}

/** How a process ended, in words. */
export function howEnded({ code, signal, fault }: Exit): string {
  if (fault !== undefined) return String(fault);
  if (signal === null) return `its process ended with exit code ${code}`;
  return `its process ended by ${signal}${signal === 'SIGABRT' ? ' (a full heap ends it so)' : ''}`;
}

/** Text that is not JSON becomes undefined, which is no report. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
