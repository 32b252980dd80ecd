import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { z } from 'zod';
import { withTimeout, type Clock } from '../base/clock.js';
import { StorageError } from './errors.js';
import type { Storage } from './types.js';

/** An access token as it is sealed. Moments are milliseconds since the epoch. */
const token = z.object({
  access: z.string(),
  refresh: z.string().nullable(),
  expiresAt: z.number(),
  renewAt: z.number(),
});

type Token = z.infer<typeof token>;

/** Tokens in the storage, readable only with the key. A vault that cannot be reached is an empty one. */
export interface SealedVault {
  load(account: string): Promise<Token | null>;
  save(account: string, token: Token): Promise<void>;
}

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';

/** A token of its own costs less than waiting longer for one from a database that does not answer. */
const PATIENCE_MS = 1_000;

/** Tokens encrypted with AES-256-GCM under a key derived from `secret`; each is bound to its account. */
export function sealedVault(storage: Storage, secret: string, clock: Clock): SealedVault {
  // One key for one purpose, so the salt need not be secret or random.
  const key = scryptSync(secret, 'aam-segment-gateway access tokens', 32);
  const patiently = <T>(call: Promise<T>): Promise<T | null> =>
    withTimeout(clock, call.catch(ignoreOutage), PATIENCE_MS, () => null);
  return {
    load: async (account) => {
      const sealed = await patiently(storage.token(account, clock.now()));
      return sealed === null ? null : unseal(key, account, sealed);
    },
    save: async (account, granted) => {
      await patiently(storage.saveToken(account, seal(key, account, granted), granted.expiresAt));
    },
  };
}

function seal(key: Buffer, account: string, granted: Token): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(account));
  const text = Buffer.concat([cipher.update(JSON.stringify(granted), 'utf8'), cipher.final()]);
  return [VERSION, iv, cipher.getAuthTag(), text]
    .map((part) => (typeof part === 'string' ? part : part.toString('base64')))
    .join('.');
}

/** `null` for what was sealed under another key, for another account, or not by us. */
function unseal(key: Buffer, account: string, sealed: string): Token | null {
  const [version, iv = '', tag = '', text = ''] = sealed.split('.');
  if (version !== VERSION) return null;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, 'base64'), { authTagLength: 16 })
      .setAAD(Buffer.from(account))
      .setAuthTag(Buffer.from(tag, 'base64'));
    const opened = Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]);
    return token.parse(JSON.parse(opened.toString('utf8')));
  } catch {
    return null;
  }
}

function ignoreOutage(error: unknown): null {
  if (error instanceof StorageError) return null;
  throw error;
}
