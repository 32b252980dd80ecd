import { OutputBuffer } from './annotate-output.js';
import { createPipeline, SAMPLE_BYTES, type AnnotateForm } from './annotate-pipeline.js';
import type { NameServices } from './annotate-names.js';
import { DeliveryError } from './delivery-error.js';
import { LineBatch, LineCounts } from './lines-batch.js';

/** What `annotate` needs besides the file. */
export interface AnnotateOptions extends AnnotateForm, NameServices {
  /** Takes output. The bytes are used again after the promise has resolved. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Told before anything is written: the template that was guessed. */
  readonly onGuess?: (template: string) => void;
  /** The header of the output, which files one after the other share. */
  readonly header?: OutputHeader;
}

/** The header of an output: none before the first rows. */
export class OutputHeader {
  #text: string | null = null;

  /**
   * The header, if the output needs one before the next rows.
   *
   * @throws {DeliveryError} if the output has another one already, under which these rows would be wrong
   */
  next(header: Uint8Array | null): Uint8Array | null {
    if (header === null) return null;
    const text = Buffer.from(header).toString().trimEnd();
    if (this.#text !== null && text !== this.#text) {
      throw new DeliveryError(
        `Its columns are others than those of the files before (${text}, not ${this.#text}): annotate them one at a time.`,
      );
    }
    const isFirst = this.#text === null;
    this.#text = text;
    return isFirst ? header : null;
  }
}

/** How much is written at once, in bytes. */
const OUTPUT_BYTES = 256 * 1_024;

/**
 * Reads a file of Audience Manager, or a table with segment IDs, and writes it with names. Takes constant memory: the file
 * is read in pieces, and of the names only those of the segments in it are kept.
 *
 * @param input the file in pieces of any size, unpacked, in UTF-8
 * @returns what the lines were; the IDs are counted by the tally
 * @throws {DeliveryError} if the lines cannot be read at all, and whatever reading, writing and looking up throw
 */
export async function annotate(input: AsyncIterable<Buffer>, options: AnnotateOptions): Promise<LineCounts> {
  const pieces = input[Symbol.asyncIterator]();
  try {
    return await annotatePieces(pieces, options);
  } finally {
    // After an error nobody reads on: whoever sends the rest must not be waited for.
    await pieces.return?.();
  }
}

async function annotatePieces(pieces: AsyncIterator<Buffer>, options: AnnotateOptions): Promise<LineCounts> {
  const counts = new LineCounts();
  let { bytes, isLast } = await readSample(pieces);
  const { write } = options;
  const { scanner, writer, names, guess, start } = createPipeline(options, options, bytes, isLast, counts);
  if (guess !== null) options.onGuess?.(guess);
  const out = new OutputBuffer(OUTPUT_BYTES);
  const header = options.header ?? new OutputHeader();
  let hasHeader = false;
  bytes = bytes.subarray(start);
  const batch = new LineBatch();
  for (;;) {
    batch.bytes = bytes;
    batch.length = 0;
    const scanned = scanner.scan(batch, isLast);
    // Without rows, only a table says what its columns are.
    if (!hasHeader && (batch.length > 0 || options.column !== null)) {
      hasHeader = true;
      const first = header.next(writer.header);
      if (first !== null) out.add(first);
    }
    await names.lookUpNew();
    for (let at = 0; at < batch.length;) {
      at = writer.write(batch, at, out);
      if (!out.isFull) continue;
      await write(out.taken());
      out.clear();
    }
    names.trim();
    if (isLast) break;
    const next = await pieces.next();
    const rest = bytes.subarray(scanned);
    isLast = next.done === true;
    const piece = next.done === true ? NOTHING : next.value;
    bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
  }
  if (out.length > 0) await write(out.taken());
  names.count();
  return counts;
}

const NOTHING = Buffer.alloc(0);

/** The beginning of a file: enough to guess how its lines are made. */
async function readSample(pieces: AsyncIterator<Buffer>): Promise<{ bytes: Buffer; isLast: boolean }> {
  const read: Buffer[] = [];
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const next = await pieces.next();
    if (next.done === true) return { bytes: withoutMark(Buffer.concat(read)), isLast: true };
    read.push(next.value);
    length += next.value.length;
  }
  return { bytes: withoutMark(Buffer.concat(read)), isLast: false };
}

/** Without the byte order mark of UTF-8. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
