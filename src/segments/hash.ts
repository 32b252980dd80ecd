/** One step of FNV-1a over UTF-16 code units: returns the hash extended by one unit. The first hash is the seed. */
export function addToHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

/** Mixes the bits of the hash a last time. The result is from 0 to 2 ** 32 - 1. */
export function finishHash(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (half ^ (half >>> 15)) >>> 0;
}

/** Hash of a string, from 0 to 2 ** 32 - 1. `RecordReader.hash` returns the same for the same text in a record. */
export function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = addToHash(hash, text.charCodeAt(index));
  return finishHash(hash);
}
