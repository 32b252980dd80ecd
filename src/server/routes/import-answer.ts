import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../../base/clock.js';

/** What an import does at present: it waits for other imports, reads the file, or compares and stores what it says. */
export type ImportPhase = 'WAITING' | 'READING' | 'APPLYING';

/** Nothing is streamed before this time has passed, in milliseconds, so that quick answers have a status of their own. */
const FIRST_PROGRESS_MS = 500;

/** How often progress is streamed, in milliseconds. */
const PROGRESS_MS = 1_000;

/** What a client may leave unread, in bytes, before it gets no more progress. */
const MAX_UNREAD_BYTES = 16 * 1024;

/** Content type of a streamed answer. Source: http://ndjson.org */
const NDJSON_TYPE = 'application/x-ndjson; charset=utf-8';

/**
 * The answer to an import. Where the client accepts NDJSON, it is told every second how far the import is, so that
 * it sees progress, and no proxy takes the connection for dead. The last line has the result or the errors.
 */
export class ImportAnswer {
  readonly #reply: FastifyReply;
  readonly #clock: Clock;
  readonly #isStreamed: boolean;
  #stream: Readable | null = null;
  #phase: ImportPhase = 'WAITING';
  /** How much of the file was read, from 0 to 1. */
  #share = 0;
  #cancel: (() => void) | null = null;

  constructor(reply: FastifyReply, clock: Clock) {
    this.#reply = reply;
    this.#clock = clock;
    this.#isStreamed = reply.request.headers.accept?.includes('application/x-ndjson') === true;
    if (this.#isStreamed) this.#schedule(FIRST_PROGRESS_MS);
  }

  /** Notes how far the import is. */
  progress(phase: ImportPhase, share = 0): void {
    this.#phase = phase;
    this.#share = share;
  }

  /** Ends the answer with the result. @param status not sent if progress was sent before */
  end(status: number, result: object): void {
    if (this.#isStreamed) this.#endStream(status, { result });
    else void this.#reply.code(status).send(result);
  }

  /** Ends the answer with errors. @param status as for `end` */
  fail(status: number, errors: object): void {
    if (this.#isStreamed) this.#endStream(status, errors);
    else void this.#reply.code(status).send(errors);
  }

  #endStream(status: number, last: object): void {
    this.stop();
    if (this.#stream === null) {
      void this.#reply.code(status).type(NDJSON_TYPE).send(lineOf(last));
    } else if (!this.#stream.destroyed) {
      this.#stream.push(lineOf(last));
      this.#stream.push(null);
    }
  }

  /** Streams no more progress. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #schedule(ms: number): void {
    this.#cancel = this.#clock.schedule(() => {
      this.#send();
      this.#schedule(PROGRESS_MS);
    }, ms);
  }

  #send(): void {
    if (this.#stream === null) {
      this.#stream = new Readable({ read: () => undefined });
      void this.#reply.code(200).type(NDJSON_TYPE).send(this.#stream);
    }
    const stream = this.#stream;
    if (stream.destroyed || stream.readableLength > MAX_UNREAD_BYTES) return;
    const percent = this.#phase === 'READING' ? { percent: Math.floor(this.#share * 100) } : {};
    stream.push(lineOf({ progress: { phase: this.#phase, ...percent } }));
  }
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
