import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { z } from 'zod';
import { withTimeout, type Clock } from '../base/clock.js';
import { StorageError } from './errors.js';
import type { Storage } from './types.js';

/** An access token as it is encrypted. Times are milliseconds since the epoch. */
const tokenSchema = z.object({
  access: z.string(),
  refresh: z.string().nullable(),
  expiresAt: z.number(),
  renewAt: z.number(),
});

type Token = z.infer<typeof tokenSchema>;

/** Access tokens in the storage, which only processes with the same key can decrypt. */
interface EncryptedTokenStore {
  /** @returns `null` if no usable token is stored, or if the storage fails or takes longer than 1 s */
  load(account: string): Promise<Token | null>;
  /** Stores a token. Does nothing if the storage fails; waits at most 1 s. */
  save(account: string, token: Token): Promise<void>;
}

const ALGORITHM = 'aes-256-gcm';

/** The first part of every encrypted token, so that the format can change later. */
const FORMAT_VERSION = 'v1';

/** Maximum wait for the storage, in milliseconds. Requesting a new token is quicker than waiting longer. */
const STORAGE_TIMEOUT_MS = 1_000;

/**
 * Stores tokens encrypted with AES-256-GCM, under a key derived from `secret` with scrypt. The account is
 * authenticated with the token, so that a token cannot be moved to another account.
 */
export function encryptedTokenStore(storage: Storage, secret: string, clock: Clock): EncryptedTokenStore {
  // The salt may be constant and public: the derived key is used for this purpose only.
  const key = scryptSync(secret, 'aam-segment-gateway access tokens', 32);
  const nullOnOutage = <T>(call: Promise<T>): Promise<T | null> =>
    withTimeout(clock, call.catch(ignoreStorageError), STORAGE_TIMEOUT_MS, () => null);
  return {
    load: async (account) => {
      const encrypted = await nullOnOutage(storage.token(account, clock.now()));
      return encrypted === null ? null : decrypt(key, account, encrypted);
    },
    save: async (account, token) => {
      await nullOnOutage(storage.saveToken(account, encrypt(key, account, token), token.expiresAt));
    },
  };
}

function encrypt(key: Buffer, account: string, token: Token): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(account));
  const text = Buffer.concat([cipher.update(JSON.stringify(token), 'utf8'), cipher.final()]);
  return [FORMAT_VERSION, iv, cipher.getAuthTag(), text]
    .map((part) => (typeof part === 'string' ? part : part.toString('base64')))
    .join('.');
}

/**
 * @returns `null` for a text that was encrypted with another key or for another account, or that is malformed
 */
function decrypt(key: Buffer, account: string, encrypted: string): Token | null {
  const [version, iv = '', tag = '', text = ''] = encrypted.split('.');
  if (version !== FORMAT_VERSION) return null;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, 'base64'), { authTagLength: 16 })
      .setAAD(Buffer.from(account))
      .setAuthTag(Buffer.from(tag, 'base64'));
    const decrypted = Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]);
    return tokenSchema.parse(JSON.parse(decrypted.toString('utf8')));
  } catch {
    return null;
  }
}

function ignoreStorageError(error: unknown): null {
  if (error instanceof StorageError) return null;
  throw error;
}
