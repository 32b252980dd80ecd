import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AudienceManagerError,
  joinPages,
  parseMappingsPage,
  type MappingsPage,
  type PageBody,
  type SendResult,
} from '../../src/audience-manager/index.js';
import { Background } from '../../src/background/index.js';
import {
  Snapshot,
  diffListing,
  kindsFor,
  type IdKinds,
  type Segment,
  type SnapshotUpdate,
} from '../../src/directory/index.js';
import { PackedSegments } from '../../src/segments/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { segment } from '../support/directory.js';
import { serve } from './serve.js';

const DIRECT = { ca: null, proxy: null, noProxy: [] };

function start(): Background {
  const logger = createLogger({ redactor: new Redactor(), level: 'silent' });
  const background = new Background({ outbound: DIRECT, connections: 8, logger });
  onTestFinished(() => background.close());
  return background;
}

const bodyOf = (json: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(json));

const list = (...ids: number[]): unknown[] =>
  ids.map((id) => ({
    destinationMappingId: id,
    sid: id + 100,
    elementName: `Segment ${id}`,
    elementStatus: 'active',
  }));

function fetch(background: Background, url: string): Promise<SendResult<PageBody>> {
  const request = { method: 'GET', url, headers: {} } as const;
  return background.fetchPage(request, { maxBytes: 10_000, signal: new AbortController().signal });
}

/** The page that the background worker makes of a response with this JSON. */
async function fetchPage(background: Background, json: unknown): Promise<MappingsPage> {
  const { url } = await serve((_, response) => response.end(JSON.stringify(json)));
  const result = await fetch(background, url);
  if (result.kind !== 'response' || result.response.body === null) throw new Error('no page');
  const { body } = result.response;
  if (!('page' in body)) throw new Error(`no page: ${JSON.stringify(body)}`);
  return body.page;
}

/** The kinds that the IDs of a destination of unknown type may be. */
const ALL_KINDS = kindsFor({ type: null, segmentIdType: 'AUTO' }, null);

/** Everything that a user of the update can see. */
function seen({ snapshot, changes }: SnapshotUpdate): unknown {
  const { upserts, removals, revisions } = changes.content({ at: 5, by: null });
  const { asOf, generation, segments } = snapshot;
  return {
    asOf,
    generation,
    segments: [...segments],
    found: [...segments].map(({ id }) => snapshot.indexOf(id)),
    matches: ['7', '8', '9', '7=8', 'https://p.example/?7'].map((id) => snapshot.identify(id, ALL_KINDS)),
    upserts: [...upserts],
    removals,
    revisions: [...revisions],
  };
}

const name = fc.constantFrom('alpha', 'Beta', 'Ünter', 'あ', null);
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 12 }).map(String), { maxLength: 10 });
const identifier = fc.option(fc.constantFrom('7', '8', '9'), { nil: null });
const anySegment = (id: string): fc.Arbitrary<Segment> =>
  fc
    .record({
      name,
      sid: identifier,
      alias: identifier,
      value: identifier,
      url: fc.constantFrom(null, '7', '%rnd%', 'https://p.example/?%did%'),
      isTrait: fc.boolean(),
      status: fc.constantFrom('ACTIVE' as const, 'INACTIVE' as const, 'DELETED' as const),
      updatedAt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    })
    .map((fields) => segment(fields.name, { ...fields, id }));
const listed = ids.chain((all) => fc.tuple(...all.map(anySegment)));
const layer = fc.record({
  name,
  description: name,
  status: fc.constantFrom('INACTIVE' as const, null),
  at: fc.integer({ min: 1, max: 3 }),
  by: fc.constant('Ann'),
});

/** Segments as they may have come to be known: listed, with something laid over them, or by hand alone. */
const known = listed.chain((segments) =>
  fc.tuple(
    ...segments.map((each) =>
      fc.oneof(
        fc.constant(each),
        layer.map((said): Segment => {
          const { name: base, description, status } = each;
          const manual = { ...said, base: { name: base, description, status } };
          return {
            ...each,
            name: said.name ?? base,
            description: said.description ?? description,
            status: said.status ?? status,
            source: 'MANUAL',
            confirmedAt: said.at,
            manual,
          };
        }),
        layer.map((said): Segment => {
          const status = said.status ?? 'ACTIVE';
          const manual = { ...said, base: null };
          const { name: own, description } = said;
          const id = each.sid === null ? `id:${each.alias ?? each.id}` : `sid:${each.sid}`;
          return {
            ...each,
            id,
            name: own,
            description,
            status,
            source: 'MANUAL',
            confirmedAt: said.at,
            manual,
          };
        }),
      ),
    ),
  ),
);

/** How the IDs of a destination are understood: not known, or of any kind that a server-to-server destination sends. */
const kinds = fc.constantFrom<(IdKinds | null)[]>(
  null,
  kindsFor({ type: 'SERVER_TO_SERVER', segmentIdType: 'AUTO' }, null),
  kindsFor({ type: null, segmentIdType: 'SID' }, null),
);

describe('the background thread', () => {
  it('makes of every listing what is made of it without a thread', async () => {
    const background = start();
    await fc.assert(
      fc.asyncProperty(
        listed,
        fc.option(known, { nil: undefined }),
        fc.constantFrom(0, 2),
        kinds,
        async (mappings, before, skipped, understoodAs) => {
          const unique = before && [...new Map(before.map((each) => [each.id, each])).values()];
          const previous = unique && Snapshot.of(unique, 3, 4);
          const listing = { mappings: PackedSegments.of(mappings), skipped };
          const made = seen(await background.diff(listing, previous, 6, understoodAs));
          expect(made).toEqual(seen(diffListing(listing, previous, 6, understoodAs)));
          // The listing is there for another time, as after a conflict in the storage.
          expect(seen(await background.diff(listing, previous, 6, understoodAs))).toEqual(made);
        },
      ),
    );
  });

  it('fetches, parses and joins pages', async () => {
    const background = start();
    const bodies = [list(1, 2), { total: 9, page: 1, list: [...list(3), null, ...list(4)] }];
    const pages = [];
    for (const body of bodies) {
      const page = await fetchPage(background, body);
      const inline = parseMappingsPage(bodyOf(body));
      expect({ ...page, mappings: [...page.mappings] }).toEqual({
        ...inline,
        mappings: [...inline.mappings],
      });
      pages.push(page.mappings);
    }
    const copies = bodies.map((body) => parseMappingsPage(bodyOf(body)).mappings);
    expect([...((await background.join(pages)) ?? [])]).toEqual([...(joinPages(copies) ?? [])]);
    const repeated = await fetchPage(background, list(5, 6, 5));
    expect([...((await background.join([repeated.mappings])) ?? [])].map(({ id }) => id)).toEqual(['5', '6']);
    const twice = await Promise.all([1, 2].map((id) => fetchPage(background, list(id, 7))));
    expect(await background.join(twice.map(({ mappings }) => mappings))).toBeNull();
  });

  it('owns the pages that it joins: using one afterwards throws', async () => {
    const background = start();
    const page = PackedSegments.of([segment('Comet', { id: '1' })]);
    await background.join([page]);
    const used = 'the segments have been transferred or freed';
    expect(() => page.length).toThrow(used);
    expect(() => [...page]).toThrow(used);
    expect(() => page.at(0)).toThrow(used);
    expect(() => page.id(0)).toThrow(used);
    expect(() => page.toParts()).toThrow(used);
    await expect(background.join([page])).rejects.toThrow(used);
  });

  it('reports a body that cannot be parsed in the same words as without a thread', async () => {
    const background = start();
    for (const body of ['<html>', JSON.stringify({ total: -1 }), 'null']) {
      let inline: unknown;
      try {
        parseMappingsPage(new TextEncoder().encode(body));
      } catch (error) {
        inline = error;
      }
      expect(inline).toBeInstanceOf(AudienceManagerError);
      const { url } = await serve((_, response) => response.end(body));
      expect(await fetch(background, url)).toMatchObject({
        kind: 'response',
        response: { body: { error: (inline as Error).message } },
      });
    }
  });

  it('does not read the body of an error status as a page', async () => {
    const background = start();
    const { url } = await serve((_, response) => response.writeHead(403).end(JSON.stringify(list(1))));
    expect(await fetch(background, url)).toMatchObject({ response: { status: 403, body: null } });
  });

  it('keeps pages apart that are fetched at the same time', async () => {
    const background = start();
    const all = Array.from({ length: 20 }, (_, index) => index + 1);
    const pages = await Promise.all(all.map((id) => fetchPage(background, list(id))));
    expect(pages.map(({ mappings }) => mappings.id(0))).toEqual(all.map(String));
  });

  it('makes a snapshot of one that it has made before', async () => {
    const background = start();
    await fc.assert(
      fc.asyncProperty(fc.array(listed, { minLength: 2, maxLength: 4 }), async (listings) => {
        let [made, direct]: Snapshot[] = [Snapshot.of([], null), Snapshot.of([], null)];
        for (const [index, mappings] of listings.entries()) {
          const listing = { mappings: PackedSegments.of(mappings), skipped: 0 };
          const [next, expected] = [
            await background.diff(listing, made, index, null),
            diffListing(listing, direct, index, null),
          ];
          expect(seen(next)).toEqual(seen(expected));
          [made, direct] = [next.snapshot, expected.snapshot];
        }
      }),
    );
  });
});
