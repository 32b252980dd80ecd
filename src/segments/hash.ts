/** FNV-1a over UTF-16 code units, begun with a seed: what `hash` becomes with one more unit. */
export function hashed(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

/** The bits mixed once more; from 0 to below 2 ** 32. */
export function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (half ^ (half >>> 15)) >>> 0;
}

/** Of a whole text; others that have no text at hand make the same of its units. */
export function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = hashed(hash, text.charCodeAt(index));
  return mixed(hash);
}
