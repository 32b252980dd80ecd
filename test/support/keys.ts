import { createHash } from 'node:crypto';

/** An entry of `access.apiKeys`. */
export interface KeyEntry {
  readonly name: string;
  readonly sha256: string;
  readonly customers?: 'all' | readonly string[];
  readonly permissions?: readonly string[];
}

/** The entry of `access.apiKeys` for a key. */
export function entryOf(
  key: string,
  name: string,
  customers?: 'all' | readonly string[],
  permissions?: readonly string[],
): KeyEntry {
  return {
    name,
    sha256: createHash('sha256').update(key).digest('hex'),
    ...(customers === undefined ? {} : { customers }),
    ...(permissions === undefined ? {} : { permissions }),
  };
}

/** Request headers that carry a key. */
export function withKey(key: string): Record<string, string> {
  return { 'x-api-key': key };
}
