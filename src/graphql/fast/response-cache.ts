import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CachedReadSet, ReadSet } from '../request/read-set.js';
import { SeenKeys } from './seen-keys.js';
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
  readonly key: string;
  /** The compressed body, by the name of the content coding, once somebody has asked for it. */
  readonly compressed: ReadonlyMap<string, Buffer>;
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

/**
 * The key of a response: equal for equal request bodies of callers with the same rights. Nobody can make two bodies with
 * the same SHA-256, so that no answer is ever given to another question. It takes less time than a key as long as the
 * body, and less memory.
 */
export function responseKey(scope: string, body: Buffer): string {
  return hash('sha256', body, 'base64') + scope;
}

/** Caches whole responses. A response is stored when its request comes for the second time. */
export class ResponseCache {
  readonly #responses: LRUCache<string, CachedResponse> | null;
  readonly #seen: SeenKeys | null;
  readonly #maxEntryBytes: number;

  /** @param maxBytes maximum size of the cache, in bytes; 0: nothing is cached */
  constructor(maxBytes: number) {
    this.#maxEntryBytes = Math.ceil(maxBytes / 4);
    this.#seen = maxBytes === 0 ? null : new SeenKeys();
    this.#responses =
      maxBytes === 0
        ? null
        : new LRUCache<string, CachedResponse>({
            maxSize: maxBytes,
            maxEntrySize: this.#maxEntryBytes,
            sizeCalculation: sizeOf,
          });
  }

  /** Size of all responses, in bytes. */
  get size(): number {
    return this.#responses?.calculatedSize ?? 0;
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
    this.#responses.set(key, {
      body: isLong ? Buffer.from(body) : body,
      bytes,
      operation,
      kind: 'repeated',
      readSet: readSet.forCache(),
      key,
      compressed: new Map(),
    });
  }

  /** Keeps the compressed body of a response beside it, unless the response is not cached any more or gets too large. */
  keepCompressed(response: CachedResponse, coding: string, body: Buffer): void {
    const { key } = response;
    const cached = this.#responses?.peek(key);
    if (cached === undefined || cached.body !== response.body) return;
    // A new object, because the cache counts the size of a value only once.
    const larger = { ...cached, compressed: new Map([...cached.compressed, [coding, body]]) };
    if (sizeOf(larger) <= this.#maxEntryBytes) this.#responses?.set(key, larger);
  }

  /** Evicts all responses. */
  clear(): void {
    this.#responses?.clear();
  }
}

function sizeOf({ body, bytes, readSet, key, compressed }: CachedResponse): number {
  let size = ENTRY_BYTES + textBytes(key) + readSet.count * READ_BYTES;
  size += typeof body === 'string' ? textBytes(body) : bytes;
  for (const form of compressed.values()) size += form.length;
  return size;
}
