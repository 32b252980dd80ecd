import { describe, expect, it } from 'vitest';
import { Snapshot } from '../../../src/directory/index.js';
import { SnapshotCache } from '../../../src/directory/snapshot/snapshot-cache.js';
import {
  MINUTE,
  acme,
  counts,
  destination,
  kindsOf,
  mappings,
  segment,
  startDirectory,
  type TestDirectory,
} from '../../support/directory.js';

const snapshot = (name = 'Name'): Snapshot => Snapshot.of([segment(name)], 0);
const SIZE = snapshot().bytes;

async function cacheOf(bytes: number): Promise<TestDirectory & { readonly cache: SnapshotCache }> {
  const test = await startDirectory();
  return { ...test, cache: new SnapshotCache(bytes, test.logger, test.metrics) };
}

describe('cached snapshots', () => {
  it('are evicted when their size exceeds the limit, the least recently used first', async () => {
    const { cache } = await cacheOf(3 * SIZE);
    for (const key of ['a', 'b', 'c']) cache.set(key, snapshot());
    cache.get('a');
    cache.set('d', snapshot());
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.peek(key) !== undefined)).toEqual(['a', 'c', 'd']);
  });

  it('are not used by peek()', async () => {
    const { cache } = await cacheOf(2 * SIZE);
    for (const key of ['a', 'b']) cache.set(key, snapshot());
    cache.peek('a');
    cache.set('c', snapshot());
    expect(['a', 'b', 'c'].filter((key) => cache.peek(key) !== undefined)).toEqual(['b', 'c']);
  });

  it('are evicted until there is room for a larger one', async () => {
    const { cache } = await cacheOf(3 * SIZE);
    for (const key of ['a', 'b', 'c']) cache.set(key, snapshot());
    cache.set('d', snapshot('x'.repeat(SIZE / 4)));
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.peek(key) !== undefined)).toEqual(['c', 'd']);
  });

  it('may be larger than the limit if there is only one', async () => {
    const { cache } = await cacheOf(2 * SIZE);
    const huge = snapshot('x'.repeat(10 * SIZE));
    cache.set('a', snapshot());
    cache.set('huge', huge);
    expect(cache.get('huge')).toBe(huge);
    expect(cache.peek('a')).toBeUndefined();
    const hugeAgain = snapshot('y'.repeat(10 * SIZE));
    cache.set('huge', hugeAgain);
    expect(cache.get('huge')).toBe(hugeAgain);
  });

  it('are counted as evicted, with one warning, only if they were removed for lack of memory', async () => {
    const { cache, metrics, logs } = await cacheOf(SIZE);
    const warnings = (): unknown[] => logs.filter(({ msg }) => msg.includes('cache.maxMemory'));
    cache.set('a', snapshot());
    cache.set('a', snapshot('Eman'));
    cache.delete('a');
    cache.set('b', snapshot());
    expect([await counts(metrics.evictions), warnings()]).toEqual([{ '': 0 }, []]);
    cache.set('c', snapshot());
    cache.set('d', snapshot());
    expect(await counts(metrics.evictions)).toEqual({ '': 2 });
    expect(warnings()).toEqual([expect.objectContaining({ level: 'warn', maxMemory: SIZE })]);
  });

  it('have a size that follows their content', () => {
    const bytes = (...names: string[]): number =>
      Snapshot.of(
        names.map((name, id) => segment(name, { id: String(id) })),
        0,
      ).bytes;
    expect(bytes('a', 'b')).toBeGreaterThan(bytes('a') + 20);
    expect(bytes('a'.repeat(1_000))).toBeGreaterThanOrEqual(bytes('a') + 999);
    expect(bytes('あ'.repeat(1_000))).toBeGreaterThanOrEqual(bytes('a') + 1_999);
    const alias = 'key'.repeat(1_000);
    const described = Snapshot.of([segment('a', { description: 'x'.repeat(1_000), alias })], 0);
    expect(described.bytes).toBeGreaterThanOrEqual(bytes('a') + 4_000);
  });

  it('are not used by replace()', async () => {
    const { cache } = await cacheOf(2 * SIZE);
    for (const key of ['a', 'b']) cache.set(key, snapshot());
    const stored = snapshot();
    cache.replace('a', stored);
    expect(cache.peek('a')).toBe(stored);
    cache.replace('c', snapshot());
    expect(cache.peek('c')).toBeUndefined();
    cache.set('c', snapshot());
    expect(['a', 'b', 'c'].filter((key) => cache.peek(key) !== undefined)).toEqual(['b', 'c']);
  });
});

describe('a directory with little memory', () => {
  it('loads an evicted snapshot from the storage, not from Audience Manager', async () => {
    const { simulator, metrics, clock, at, names } = await startDirectory({
      customers: [acme(destination(1, mappings('One')), destination(2, mappings('Two')))],
      maxMemoryBytes: 1,
    });
    const [one, two] = [at('acme', '1'), at('acme', '2')];
    expect(await names(one, '1')).toEqual(['One']);
    expect(await names(one, '1')).toEqual(['One']);
    expect(simulator.listings()).toBe(1);
    expect(await names(two, '1')).toEqual(['Two']);
    expect([one.cached(), two.cached()]).toEqual([undefined, expect.any(Snapshot)]);
    expect(one.sync()).toMatchObject({ status: 'FRESH', segmentCount: 1, lastSuccessAt: clock.now() });
    expect(await names(one, '1')).toEqual(['One']);
    expect(simulator.listings({ destinationId: 1 })).toBe(1);
    expect(simulator.listings({ destinationId: 2 })).toBe(1);
    expect(await counts(metrics.evictions)).toEqual({ '': 2 });
  });

  it('finds names in a snapshot that was evicted during the request', async () => {
    const { clock, at } = await startDirectory({
      customers: [acme(destination(1, mappings('One')), destination(2, mappings('Two')))],
      maxMemoryBytes: 1,
    });
    const held = await at('acme', '1').snapshot();
    clock.advance(MINUTE - 1);
    await at('acme', '2').snapshot();
    expect(at('acme', '1').find(held, ['1', '9'], kindsOf('MAPPING_ID'))).toMatchObject({
      results: [{ status: 'FOUND', segment: { name: 'One' } }, { status: 'UNKNOWN' }],
    });
  });
});
