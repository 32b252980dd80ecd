import { LRUCache } from 'lru-cache';
import type { CachedReadSet, ReadSet } from '../request/read-set.js';
import { SeenTexts } from './seen-texts.js';
import { textBytes } from './text-bytes.js';

/** A complete response without errors, byte for byte as Apollo Server writes it. */
export interface ResponseBody {
  readonly body: string | Buffer;
  /** Length of the body in UTF-8, in bytes. */
  readonly bytes: number;
  /** The operation's name; `null` for an anonymous operation. */
  readonly operation: string | null;
}

/** A response that is sent again while nothing that it was computed from has changed. */
export interface CachedResponse extends ResponseBody {
  readonly kind: 'repeated';
  readonly readSet: CachedReadSet;
}

/** Approximate memory of a cache entry besides its body and key, in bytes. */
const ENTRY_BYTES = 500;

/** Approximate memory of each element of a read set, in bytes. */
const READ_BYTES = 150;

/**
 * Bodies longer than this, in bytes, are cached as a Buffer, ready to be sent. Shorter bodies are cached as text, which
 * Node.js sends in one piece with the headers.
 */
const MAX_TEXT_BYTES = 4096;

/** The key of a response: equal for equal request bodies of callers with the same rights. */
export function responseKey(scope: string, body: string): string {
  return `${scope}\n${body}`;
}

/** Caches whole responses. A response is stored when its request comes for the second time. */
export class ResponseCache {
  readonly #responses: LRUCache<string, CachedResponse> | null;
  readonly #seen: SeenTexts | null;

  /** @param maxBytes maximum size of the cache, in bytes; 0: nothing is cached */
  constructor(maxBytes: number) {
    this.#seen = maxBytes === 0 ? null : new SeenTexts();
    this.#responses =
      maxBytes === 0
        ? null
        : new LRUCache<string, CachedResponse>({
            maxSize: maxBytes,
            maxEntrySize: Math.ceil(maxBytes / 4),
            sizeCalculation: ({ body, bytes, readSet }, key) =>
              (typeof body === 'string' ? textBytes(body) : bytes) +
              textBytes(key) +
              ENTRY_BYTES +
              readSet.count * READ_BYTES,
          });
  }

  /** The response with this key, if it is still valid. An invalid response is evicted. */
  get(key: string): CachedResponse | null {
    const cached = this.#responses?.get(key);
    if (cached === undefined) return null;
    if (cached.readSet.isCurrent()) return cached;
    this.#responses?.delete(key);
    return null;
  }

  /** Stores a response if its key was offered before; else only notes that it was. */
  offer(key: string, { body, bytes, operation }: ResponseBody, readSet: ReadSet): void {
    if (this.#responses === null || this.#seen?.add(key) === true) return;
    const isLong = typeof body === 'string' && bytes > MAX_TEXT_BYTES;
    const stored = isLong ? Buffer.from(body) : body;
    this.#responses.set(key, {
      body: stored,
      bytes,
      operation,
      kind: 'repeated',
      readSet: readSet.forCache(),
    });
  }

  /** Evicts all responses. */
  clear(): void {
    this.#responses?.clear();
  }
}
