import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { utf16Of } from '../base/file-kinds.js';
import { decoderOf, encodingOf, type Encoding } from './encodings.js';
import { FileError } from './file-error.js';
import { guessEncoding } from './guess-encoding.js';
import { rejectBinaryFormats } from './unsupported-formats.js';

/** A text, and what to tell about how it was read. */
export interface DecodedText {
  readonly text: string;
  /** As in `ParsedFile`. */
  readonly notes: readonly string[];
}

/**
 * Decodes a file in the stated encoding; without one, in UTF-8 or UTF-16, else in the encoding that it seems to have,
 * which is said in a note. Removes a byte order mark and the end-of-file character (Ctrl-Z) of old programs.
 * Yields to the event loop every few milliseconds.
 *
 * @param stated the name of the encoding
 * @throws {FileError} for unknown encodings, for a text that is not in the stated one, and for files that are not text
 */
export async function decodeText(bytes: Uint8Array, stated?: string): Promise<DecodedText> {
  if (stated !== undefined) {
    const encoding = encodingOf(stated);
    const text = await decodeAs(encoding, bytes);
    if (text === null) throw statedError(encoding);
    return { text, notes: [] };
  }
  rejectBinaryFormats(bytes);
  const unicode = utf16Of(bytes);
  if (unicode !== null) {
    const text = await decodeAs(encodingOf(unicode), bytes);
    if (text !== null) return { text, notes: [] };
    throw new FileError(null, 'The UTF-16 text is damaged or cut off. Save it as "CSV UTF-8".');
  }
  if (isUtf8(bytes) && !isIso2022Jp(bytes)) {
    return { text: (await decodeAs(encodingOf('utf-8'), bytes)) ?? '', notes: [] };
  }
  return await decodeGuessed(bytes);
}

async function decodeGuessed(bytes: Uint8Array): Promise<DecodedText> {
  if (bytes.includes(0)) throw new FileError(null, `This is not a text file. ${SAVE_AS}`);
  const { sample, firstInvalid, isMostlyUtf8 } = await survey(bytes);
  if (isMostlyUtf8) {
    throw new FileError(
      firstInvalid,
      `this is not UTF-8, but most of the file is: the line is damaged, or comes from another file. If the whole file has one other encoding, state it (--encoding). ${SAVE_AS}`,
    );
  }
  const encoding = isIso2022Jp(bytes) ? encodingOf('iso-2022-jp') : await guessEncoding(sample);
  const text = encoding === null ? null : await decodeAs(encoding, bytes);
  if (encoding === null || text === null) {
    throw new FileError(
      firstInvalid,
      `this is not UTF-8, and the encoding cannot be guessed. State it (--encoding). ${SAVE_AS}`,
    );
  }
  const note =
    `The file is not UTF-8. Its encoding was guessed: ${encoding.name}. ` +
    'Check the names, or state it with --encoding.';
  return { text, notes: [note] };
}

/** How much is decoded in one turn of the event loop, in bytes: a few milliseconds of work. */
const BYTES_PER_TURN = 1024 * 1024;

/** @returns `null` if the bytes are not in this encoding */
async function decodeAs(encoding: Encoding, bytes: Uint8Array): Promise<string | null> {
  const decode = decoderOf(encoding, true);
  let text = '';
  try {
    for (let start = 0; start < bytes.length; start += BYTES_PER_TURN) {
      if (start > 0) await setImmediate();
      const end = start + BYTES_PER_TURN;
      text += decode(bytes.subarray(start, end), end >= bytes.length);
    }
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
  return withoutEndOfFile(text);
}

/** Programs for CP/M and DOS ended a text with this character (Ctrl-Z); some still do. */
const END_OF_FILE = 0x1a;

/** A text without the end-of-file characters at its end. */
export function withoutEndOfFile(text: string): string {
  let end = text.length;
  for (let index = text.length - 1; index >= 0; index--) {
    const code = text.charCodeAt(index);
    if (code === END_OF_FILE) end = index;
    else if (!isSpace(code)) break;
  }
  return text.slice(0, end);
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
}

function statedError({ name }: Encoding): FileError {
  return new FileError(
    null,
    `The file is not ${name}: it has characters that this encoding does not have. State another one, or none.`,
  );
}

/** ISO-2022-JP is ASCII, with escape sequences between which two characters stand for one Japanese character. */
function isIso2022Jp(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (text.includes('\u001b$B') || text.includes('\u001b$@')) && text.includes('\u001b(');
}

/** How much of a file is compared with the encodings, in bytes. */
const SAMPLE_BYTES = 64 * 1024;
/** How much is looked through in one turn of the event loop, in bytes. */
const LOOKED_THROUGH_PER_TURN = 256 * 1024;
const LF = 10;
const CR = 13;

interface Survey {
  /** The first lines that are not ASCII, up to `SAMPLE_BYTES`. The last one may be cut. */
  readonly sample: Uint8Array;
  /** The first line that is not UTF-8, starting at 1; `null` if all are. */
  readonly firstInvalid: number | null;
  /** Whether more of the lines in the sample are UTF-8 than not. Such lines are hardly ever UTF-8 by accident. */
  readonly isMostlyUtf8: boolean;
}

/** Looks through the lines that are not ASCII, in turns, until the sample is full and a line is found that is not UTF-8. */
async function survey(bytes: Uint8Array): Promise<Survey> {
  const sample: Uint8Array[] = [];
  let left = SAMPLE_BYTES;
  let line = 1;
  let start = 0;
  /** The first byte of the line that is not ASCII. */
  let other: number | null = null;
  let firstInvalid: number | null = null;
  let balance = 0;
  for (let index = 0; index <= bytes.length && (left > 0 || firstInvalid === null); index++) {
    if (index % LOOKED_THROUGH_PER_TURN === LOOKED_THROUGH_PER_TURN - 1) await setImmediate();
    const byte = bytes[index] ?? LF;
    if (byte > 127) other ??= index;
    // Neither in UTF-8 nor in the other encodings are the bytes of line breaks part of another character. CRLF counts as
    // one break, at its LF.
    if (byte !== LF && (byte !== CR || bytes[index + 1] === LF)) continue;
    if (other !== null) {
      const content = bytes.subarray(start, index + 1);
      const isValid = isUtf8(content);
      if (!isValid) firstInvalid ??= line;
      if (left > 0) {
        balance += isValid ? 1 : -1;
        sample.push(content.length <= left ? content : cut(content, other - start, left));
        left -= content.length;
      }
    }
    line++;
    start = index + 1;
    other = null;
  }
  return { sample: Buffer.concat(sample), firstInvalid, isMostlyUtf8: balance > 0 };
}

/** No encoding has a smaller byte as a part of another character. */
const MIN_PART = 0x30;

/**
 * A part of a line that is too long for the sample, which ends between two characters, if that can be told: half a
 * character would look like another encoding.
 *
 * @param other index of the first byte that is not ASCII, which the part has
 */
function cut(line: Uint8Array, other: number, maxBytes: number): Uint8Array {
  const from = other < maxBytes / 2 ? 0 : other;
  const part = line.subarray(from, from + maxBytes);
  const end = 1 + part.findLastIndex((byte) => byte < MIN_PART);
  return end > other - from ? part.subarray(0, end) : part;
}

const SAVE_AS = 'Save it as XLSX or as "CSV UTF-8".';
