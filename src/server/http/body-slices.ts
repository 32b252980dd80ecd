import { Readable } from 'node:stream';

/** Length of a slice, in bytes or in UTF-16 code units. */
const SLICE_LENGTH = 64 * 1024;

/** Bodies longer than this, in bytes, are sent in slices. */
export const LONGEST_WHOLE_BODY = SLICE_LENGTH;

/**
 * A long body, slice by slice. Written as a whole, it would be copied for each connection, and nobody could tell
 * whether the client reads it: Node.js does not say how much of one write has been sent.
 */
export class BodySlices extends Readable {
  readonly #body: string | Buffer;
  #offset = 0;

  constructor(body: string | Buffer) {
    super({ highWaterMark: 1 });
    this.#body = body;
  }

  override _read(): void {
    const body = this.#body;
    if (this.#offset >= body.length) {
      this.push(null);
      return;
    }
    const start = this.#offset;
    let end = Math.min(body.length, start + SLICE_LENGTH);
    if (typeof body !== 'string') this.push(body.subarray(start, end));
    else {
      // A character of two code units must not be torn apart.
      if (end < body.length && isHighSurrogate(body.charCodeAt(end - 1))) end -= 1;
      this.push(Buffer.from(body.slice(start, end)));
    }
    this.#offset = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
