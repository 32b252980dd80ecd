import { describe, expect, it, onTestFinished } from 'vitest';
import type { Listing } from '../../../src/audience-manager/index.js';
import { Background } from '../../../src/background/index.js';
import { inlineDiffer, type ListingDiffer } from '../../../src/directory/index.js';
import { FetchedListing } from '../../../src/directory/storing/fetched-listing.js';
import { PackedSegments } from '../../../src/segments/index.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { allNames, segment } from '../../support/directory.js';

const RELEASED = 'the listing has been released';

function startWorker(): ListingDiffer {
  const logger = createLogger({ redactor: new Redactor(), level: 'silent' });
  const outbound = { ca: null, proxy: null, noProxy: [] };
  const background = new Background({ outbound, connections: 1, logger });
  onTestFinished(() => background.close());
  return background;
}

const fetchedListing = (listing: Listing, asOf: number, differ: ListingDiffer): FetchedListing =>
  new FetchedListing({ listing, asOf, fetchedAt: asOf, differ, kinds: null });

const mappingsOf = (...names: string[]): PackedSegments =>
  PackedSegments.of(names.map((name, index) => segment(name, { id: String(index) })));

describe.each([
  ['in the background worker', startWorker],
  ['in this thread', () => inlineDiffer],
])('a listing that is compared %s', (_, start) => {
  it('can be applied several times, and released once', async () => {
    const fetched = fetchedListing({ mappings: mappingsOf('Comet', 'Ant'), skipped: 0 }, 5, start());
    await fetched.applyTo(undefined);
    const { snapshot } = await fetched.applyTo(undefined);
    fetched.release(snapshot);
    expect(() => fetched.listing).toThrow(RELEASED);
    expect(() => fetched.release(snapshot)).toThrow(RELEASED);
    await expect(fetched.applyTo(undefined)).rejects.toThrow(RELEASED);
  });

  it('takes nothing from its snapshot when it is released', async () => {
    // Sorted already: a snapshot made in this thread uses the memory of the listing itself.
    const mappings = mappingsOf('Ant', 'Comet');
    const { bytes } = mappings.toParts();
    const fetched = fetchedListing({ mappings, skipped: 0 }, 5, start());
    const { snapshot, changes } = await fetched.applyTo(undefined);
    const isShared = snapshot.segments.sharesMemoryWith(mappings);
    fetched.release(snapshot);
    expect(allNames(snapshot)).toEqual(['Ant', 'Comet']);
    expect([...changes.content({ at: 6, by: null }).upserts]).toHaveLength(2);
    expect(bytes.byteLength === 0).toBe(!isShared);
  });

  it('passes its mappings on when it is prepared as the first one', async () => {
    const mappings = mappingsOf('Comet', 'Ant');
    const fetched = fetchedListing({ mappings, skipped: 0 }, 5, start());
    const prepared = await fetched.preparedAsFirst();
    expect(() => fetched.listing).toThrow(RELEASED);
    expect(() => mappings.length).toThrow('the segments have been transferred or freed');
    expect(allNames((await prepared.applyTo(undefined)).snapshot)).toEqual(['Ant', 'Comet']);
  });

  it('takes over the next listing when both are merged', async () => {
    const differ = start();
    const pending = fetchedListing({ mappings: mappingsOf('Comet', 'Ant'), skipped: 0 }, 5, differ);
    const next = fetchedListing({ mappings: mappingsOf('Bee'), skipped: 0 }, 6, differ);
    const merged = await pending.mergedWith(next);
    expect(() => next.listing).toThrow(RELEASED);
    const { snapshot } = await merged.applyTo(undefined);
    expect([snapshot.asOf, allNames(snapshot)]).toEqual([6, ['Ant', 'Bee']]);
  });
});

it('memory that is freed cannot be read any more', () => {
  const mappings = mappingsOf('Comet');
  const { bytes } = mappings.toParts();
  mappings.free();
  expect(bytes.byteLength).toBe(0);
  const freed = 'the segments have been transferred or freed';
  expect(() => mappings.at(0)).toThrow(freed);
  expect(() => [...mappings]).toThrow(freed);
  expect(() => mappings.free()).toThrow(freed);
});
