import { isUtf8 } from 'node:buffer';
import { FileError } from './file-error.js';
import { rejectBinaryFormats } from './unsupported-formats.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

const LF = 10;
const CR = 13;

/**
 * Decodes a file in UTF-8 or UTF-16 and removes its byte order mark. Older encodings are rejected: a wrong guess
 * would produce wrong names.
 *
 * @throws {FileError} for other encodings and for files that are not text.
 */
export function decodeText(bytes: Uint8Array): string {
  rejectBinaryFormats(bytes);
  const encoding = encodingOfByteOrderMark(bytes) ?? detectUtf16(bytes) ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw decodingError(bytes, encoding);
  }
}

function encodingOfByteOrderMark(bytes: Uint8Array): Encoding | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return null;
}

/** Number of bytes at the start of a file that are examined. */
const SAMPLE_BYTES = 512;

/**
 * Detects UTF-16 without a byte order mark. About half the bytes of a header line in UTF-16 are zero: the odd bytes in
 * little-endian order, the even ones in big-endian order. Zeros in the other half come from rare characters such as
 * the ideographic space (U+3000), so a few of them are tolerated.
 */
function detectUtf16(bytes: Uint8Array): Encoding | null {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const pairs = Math.floor(sample.length / 2);
  let evenZeros = 0;
  let oddZeros = 0;
  for (let index = 0; index < pairs * 2; index++) {
    if (sample[index] !== 0) continue;
    if (index % 2 === 0) evenZeros++;
    else oddZeros++;
  }
  const [fewer, more] = evenZeros < oddZeros ? [evenZeros, oddZeros] : [oddZeros, evenZeros];
  if (more < pairs / 4 || fewer > more / 10) return null;
  return evenZeros < oddZeros ? 'utf-16le' : 'utf-16be';
}

function decodingError(bytes: Uint8Array, encoding: Encoding): FileError {
  if (encoding === 'utf-8') {
    return new FileError(
      firstInvalidUtf8Line(bytes),
      'this is not UTF-8: the file has an older encoding such as Windows-1252, or is not a text file. Save it as "CSV UTF-8".',
    );
  }
  return new FileError(null, 'The UTF-16 text is damaged or cut off. Save it as "CSV UTF-8".');
}

function firstInvalidUtf8Line(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (let index = 0; index <= bytes.length; index++) {
    const byte = bytes[index];
    // In UTF-8, the bytes of line breaks are never part of another character. CRLF counts as one break, at its LF.
    const isLineEnd = byte === undefined || byte === LF || (byte === CR && bytes[index + 1] !== LF);
    if (!isLineEnd) continue;
    if (!isUtf8(bytes.subarray(start, index))) return line;
    line++;
    start = index + 1;
  }
  return line;
}
