import { MAX_LINE_BYTES } from '../delivery/lines-batch.js';
import { FileFailure } from './command-error.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CLOSING_BRACE = 0x7d;

/**
 * Lets through the lines of a file that cannot be read to its end. The last one is left out: half of a line could be read
 * as another one.
 */
export class WholeLines {
  /** Why the file could not be read to its end; `null`: it could. */
  failure: FileFailure | null = null;
  /** The last line has no line end, and may be half of one: it does not end as an object of JSON does. */
  endsOpen = false;

  async *read(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const piece of pieces) {
        const end = piece.lastIndexOf(LINE_FEED) + 1;
        // A longer line is reported as one that is too long, whatever follows.
        const open = end > 0 ? piece.length - end : rest.length + piece.length;
        const until = open <= MAX_LINE_BYTES ? end : piece.length;
        const lines = piece.subarray(0, until);
        if (until > 0) yield rest.length === 0 ? lines : Buffer.concat([rest, lines]);
        rest = until > 0 ? piece.subarray(until) : Buffer.concat([rest, piece]);
      }
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      this.failure = error;
      return;
    }
    if (rest.length === 0) return;
    const last = rest.at(-1);
    this.endsOpen = last !== CARRIAGE_RETURN && last !== CLOSING_BRACE;
    yield rest;
  }
}
