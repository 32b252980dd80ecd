/** What a file is, by its first bytes. Names tell little: files are renamed, and standard input has none. */

/** Bytes at the start of a file from which all functions here can tell. */
export const KIND_BYTES = 512;

/** Whether the bytes are those of a gzip file. Source: RFC 1952, 2.3.1. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** Whether the bytes are those of a ZIP file with entries. Workbooks (XLSX) are ZIP files too. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** Which UTF-16 a text is in, by its byte order mark or by its zeros. @returns `null` if it is in none */
export function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return utf16ByZeros(bytes);
}

/**
 * Detects UTF-16 without a byte order mark. About half the bytes of a first line in UTF-16 are zero: the odd bytes in
 * little-endian order, the even ones in big-endian order. Zeros in the other half come from rare characters such as
 * the ideographic space (U+3000), so a few of them are tolerated.
 */
function utf16ByZeros(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const start = bytes.subarray(0, KIND_BYTES);
  const pairs = Math.floor(start.length / 2);
  let evenZeros = 0;
  let oddZeros = 0;
  for (let index = 0; index < pairs * 2; index++) {
    if (start[index] !== 0) continue;
    if (index % 2 === 0) evenZeros++;
    else oddZeros++;
  }
  const [fewer, more] = evenZeros < oddZeros ? [evenZeros, oddZeros] : [oddZeros, evenZeros];
  if (more === 0 || more < pairs / 4 || fewer > more / 10) return null;
  return evenZeros < oddZeros ? 'utf-16le' : 'utf-16be';
}
