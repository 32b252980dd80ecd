import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ResponseCache, responseKey, type CachedResponse } from '../../src/graphql/fast/response-cache.js';
import { ReadSet } from '../../src/graphql/request/read-set.js';
import { hashText } from '../../src/segments/index.js';

const KIB = 1_024;
const KEY = responseKey('scope', Buffer.from('question'));

/** Offers a response until it is cached. */
function cached(cache: ResponseCache, key: string, body: string | Buffer): CachedResponse | null {
  for (const _ of [1, 2]) cache.offer(key, { body, bytes: body.length, operation: null }, new ReadSet());
  return cache.get(key);
}

describe('the key of a response', () => {
  it('differs for bodies that a shorter hash takes for the same', () => {
    const byHash = new Map<number, string>();
    let pair: readonly [string, string] | null = null;
    for (let number = 0; pair === null; number += 1) {
      const body = JSON.stringify({ query: `{ a${number} }` });
      const hash = hashText(body, 0);
      const other = byHash.get(hash);
      if (other !== undefined) pair = [other, body];
      byHash.set(hash, body);
    }
    const [one, other] = pair;
    const cache = new ResponseCache(KIB * KIB);
    expect(cached(cache, responseKey('scope', Buffer.from(one)), 'answer')?.body).toBe('answer');
    expect(cache.get(responseKey('scope', Buffer.from(other)))).toBeNull();
  });

  it('differs for bodies that are the same text only after bad bytes were replaced', () => {
    const bad = Buffer.from([0x22, 0xff, 0x22]);
    expect(responseKey('s', bad)).not.toBe(responseKey('s', Buffer.from(bad.toString())));
  });

  it('differs for each scope, wherever a scope ends and a body begins', () => {
    const body = Buffer.from('body');
    const keys = ['', 's', 'st', JSON.stringify(['all'])].map((scope) => responseKey(scope, body));
    keys.push(responseKey('', Buffer.from('sbody')), responseKey('s', Buffer.from('')));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the response cache', () => {
  it('counts compressed bodies, and never gets larger than it may be', () => {
    const cache = new ResponseCache(64 * KIB);
    for (let number = 0; number < 200; number += 1) {
      const response = cached(cache, responseKey('s', Buffer.from(String(number))), randomBytes(3 * KIB));
      if (response === null) throw new Error('not cached');
      const before = cache.size;
      cache.keepCompressed(response, number % 2 === 0 ? 'gzip' : 'br', randomBytes(2 * KIB));
      expect(cache.size).toBeLessThanOrEqual(64 * KIB);
      if (number === 0) expect(cache.size - before).toBe(2 * KIB);
      expect(cache.get(response.key)?.compressed.size).toBe(1);
    }
  });

  it('keeps a response without a compressed body that would make it too large', () => {
    const cache = new ResponseCache(64 * KIB);
    const response = cached(cache, KEY, randomBytes(12 * KIB));
    if (response === null) throw new Error('not cached');
    cache.keepCompressed(response, 'gzip', randomBytes(2 * KIB));
    cache.keepCompressed(response, 'br', randomBytes(5 * KIB));
    expect([...(cache.get(KEY)?.compressed.keys() ?? [])]).toEqual(['gzip']);
  });

  it('does not keep the compressed body of a response that another one has replaced', () => {
    const cache = new ResponseCache(64 * KIB);
    const response = cached(cache, KEY, Buffer.from('old'));
    if (response === null) throw new Error('not cached');
    cached(cache, KEY, Buffer.from('new'));
    cache.keepCompressed(response, 'gzip', Buffer.from('old'));
    expect(cache.get(KEY)?.compressed.size).toBe(0);
    cache.clear();
    cache.keepCompressed(response, 'gzip', Buffer.from('old'));
    expect(cache.get(KEY)).toBeNull();
    expect(cache.size).toBe(0);
  });
});
