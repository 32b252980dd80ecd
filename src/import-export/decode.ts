import { isUtf8 } from 'node:buffer';
import { FileMistake } from './file-mistake.js';
import { refuseBinaryFormats } from './formats.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/**
 * The text of a file in UTF-8 or UTF-16, without its byte order mark. Older encodings are refused rather than
 * guessed: a wrong guess is a wrong name.
 * @throws {FileMistake} for other encodings and for files that are no text.
 */
export function decodeText(bytes: Uint8Array): string {
  refuseBinaryFormats(bytes);
  const encoding = markedEncoding(bytes) ?? unmarkedUtf16(bytes) ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw undecodable(bytes, encoding);
  }
}

function markedEncoding(bytes: Uint8Array): Encoding | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return null;
}

const SAMPLE = 512;

/**
 * Half the bytes of a header line in UTF-16 are zero, always the same half. Zeros in the other half are
 * characters like the ideographic space (U+3000), rare enough to tell the two apart.
 */
function unmarkedUtf16(bytes: Uint8Array): Encoding | null {
  const sample = bytes.subarray(0, SAMPLE);
  const pairs = Math.floor(sample.length / 2);
  let even = 0;
  let odd = 0;
  for (let index = 0; index < pairs * 2; index++) {
    if (sample[index] !== 0) continue;
    if (index % 2 === 0) even++;
    else odd++;
  }
  const [fewer, more] = even < odd ? [even, odd] : [odd, even];
  if (more < pairs / 4 || fewer > more / 10) return null;
  return even < odd ? 'utf-16le' : 'utf-16be';
}

function undecodable(bytes: Uint8Array, encoding: Encoding): FileMistake {
  if (encoding === 'utf-8') {
    return new FileMistake(
      firstLineThatIsNotUtf8(bytes),
      'this is not UTF-8; the file has an older encoding such as Windows-1252, or is no text. Save it as "CSV UTF-8".',
    );
  }
  return new FileMistake(null, 'The UTF-16 text is damaged or cut off. Save it as "CSV UTF-8".');
}

function firstLineThatIsNotUtf8(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (let index = 0; index <= bytes.length; index++) {
    const byte = bytes[index];
    // A line break is never part of another character; CRLF ends its line once, at the LF.
    const ends = byte === undefined || byte === 10 || (byte === 13 && bytes[index + 1] !== 10);
    if (!ends) continue;
    if (!isUtf8(bytes.subarray(start, index))) return line;
    line++;
    start = index + 1;
  }
  return line;
}
