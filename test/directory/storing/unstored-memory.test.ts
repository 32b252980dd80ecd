import { describe, expect, it } from 'vitest';
import { UnstoredMemory, type ListingShare } from '../../../src/directory/storing/unstored-memory.js';

const MEBIBYTE = 1024 * 1024;

function start(maxBytes = 100 * MEBIBYTE): { memory: UnstoredMemory; freed: () => number } {
  let count = 0;
  const memory = new UnstoredMemory({ maxBytes, onFreed: () => (count += 1) });
  return { memory, freed: () => count };
}

/** A listing of that size that waits to be stored. */
function waiting(memory: UnstoredMemory, bytes: number): ListingShare {
  const share = memory.share(0);
  share.take();
  share.read(bytes);
  return share;
}

describe('the memory of listings that are not stored', () => {
  it('has room for half of cache.maxMemory, for lookups all of it', () => {
    const { memory } = start();
    waiting(memory, 49 * MEBIBYTE);
    const small = memory.share(MEBIBYTE / 2);
    expect(small.hasRoom('scheduled')).toBe(true);
    waiting(memory, MEBIBYTE);
    expect([small.hasRoom('scheduled'), small.hasRoom('search'), small.hasRoom('lookup')]).toEqual([
      false,
      false,
      true,
    ]);
    waiting(memory, 50 * MEBIBYTE);
    expect(small.hasRoom('lookup')).toBe(false);
  });

  it('always has room for one listing, and for one of unusual size before it is empty', () => {
    const { memory } = start();
    const huge = memory.share(400 * MEBIBYTE);
    expect(huge.hasRoom('scheduled')).toBe(true);
    const other = waiting(memory, 24 * MEBIBYTE);
    expect(huge.hasRoom('scheduled')).toBe(true);
    other.read(26 * MEBIBYTE);
    expect(huge.hasRoom('scheduled')).toBe(false);
  });

  it('has room for some listings of common size, however small the cache is', () => {
    const { memory } = start(1);
    waiting(memory, 15 * MEBIBYTE);
    expect(memory.share(MEBIBYTE / 4).hasRoom('scheduled')).toBe(true);
    expect([memory.isTight, memory.isFull]).toEqual([true, true]);
  });

  it('counts a listing from its first call on, twice while it is read, and until it is stored', () => {
    const { memory, freed } = start();
    const share = memory.share(MEBIBYTE);
    expect(memory.bytes).toBe(0);
    share.take();
    expect(memory.bytes).toBe(2 * MEBIBYTE);
    share.begin();
    share.add(MEBIBYTE);
    share.add(MEBIBYTE);
    expect(memory.bytes).toBe(4 * MEBIBYTE);
    expect(memory.backlog).toEqual({ listings: 0, bytes: 0 });
    expect(freed()).toBe(0);
    share.read(3 * MEBIBYTE);
    expect(memory.backlog).toEqual({ listings: 1, bytes: 3 * MEBIBYTE });
    expect(freed()).toBe(1);
    share.release();
    share.release();
    expect([memory.bytes, freed()]).toEqual([0, 2]);
    expect(memory.backlog).toEqual({ listings: 0, bytes: 0 });
  });

  it('counts a listing that is read again from the beginning only once', () => {
    const { memory } = start();
    const share = memory.share(1);
    share.take();
    for (let reading = 0; reading < 3; reading++) {
      share.begin();
      share.add(MEBIBYTE);
    }
    expect(memory.bytes).toBe(2 * MEBIBYTE);
  });

  it('counts nothing of a listing that has ended, whatever arrives later', () => {
    const { memory } = start();
    const share = memory.share(MEBIBYTE);
    share.take();
    share.begin();
    share.add(MEBIBYTE);
    share.release();
    share.add(MEBIBYTE);
    share.read(MEBIBYTE);
    expect(memory.bytes).toBe(0);
    expect(memory.backlog).toEqual({ listings: 0, bytes: 0 });
    expect(share.isTaken).toBe(false);
  });

  it('learns also from listings that were stored without waiting', () => {
    const { memory } = start();
    for (let listing = 0; listing < 30; listing++) memory.share(0).measure(10 * MEBIBYTE);
    expect(memory.bytes).toBe(0);
    memory.share(0).take();
    expect(memory.bytes).toBeGreaterThan(18 * MEBIBYTE);
  });

  it('expects of a destination of which nothing is known what others took', () => {
    const { memory } = start();
    for (let listing = 0; listing < 30; listing++) waiting(memory, 10 * MEBIBYTE).release();
    const first = memory.share(0);
    first.take();
    expect(memory.bytes).toBeGreaterThan(18 * MEBIBYTE);
  });
});
