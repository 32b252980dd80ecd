import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apollo } from './apollo.js';
import type { CachingClient } from './client.js';
import { DOCUMENTS } from './operations.js';
import { ask, searchPages, sideBySide, type Answered, type SearchPage } from './queries.js';
import { relay } from './relay.js';
import { urql } from './urql.js';
import { differences, fetchWithFormerIds, overTheWire, withFormerIds } from './wire.js';
import { CUSTOMERS, DESTINATIONS, nameOf, refresh, SEGMENTS, World } from './world.js';

interface Row {
  readonly id: string;
  readonly name: string;
}

/** What the rows of {@link sideBySide} are called. */
type Names = Record<'acme' | 'globex' | 'acmeThen' | 'globexThen', string[]>;

const NAMES: Names = {
  acme: SEGMENTS.map((id) => nameOf('acme', '314', id, 'now')),
  globex: SEGMENTS.map((id) => nameOf('globex', '314', id, 'now')),
  acmeThen: SEGMENTS.map((id) => nameOf('acme', '314', id, 'then')),
  globexThen: SEGMENTS.map((id) => nameOf('globex', '314', id, 'then')),
};

/** The names as {@link NAMES} has them, but for one of Acme's. */
function renamed(segmentId: string, name: string): Names {
  return { ...NAMES, acme: NAMES.acme.map((old, index) => (SEGMENTS[index] === segmentId ? name : old)) };
}

/** Sends the queries, then reads all of them from the cache; what either gives that was not on the wire. */
async function clientDifferences(client: CachingClient, answered: readonly Answered[]): Promise<string[]> {
  const found: string[] = [];
  for (const query of answered) found.push(...differences(query.wire, await client.query(query)));
  for (const query of answered) found.push(...differences(query.wire, await client.read(query)));
  return found;
}

/** The names that the cache gives for {@link sideBySide}. */
async function cachedNames(client: CachingClient, world: World): Promise<Names> {
  const rows = (await client.read(sideBySide(world))) as Record<keyof Names, Row[]>;
  const names = (key: keyof Names) => rows[key].map(({ name }) => name);
  return {
    acme: names('acme'),
    globex: names('globex'),
    acmeThen: names('acmeThen'),
    globexThen: names('globexThen'),
  };
}

/** The `id` of one of Acme's segments in {@link sideBySide}. */
async function idOf(world: World, segmentId: (typeof SEGMENTS)[number]): Promise<string> {
  const { acme } = (await overTheWire(world.url, sideBySide(world))) as { acme: Row[] };
  return acme[SEGMENTS.indexOf(segmentId)]!.id;
}

/** What clients write to the console from now on, which is then not printed. */
function consoleLines(): string[] {
  const lines: string[] = [];
  for (const method of ['error', 'warn'] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void lines.push(words.map(String).join(' ')));
  }
  return lines;
}

/** The world of all tests that only read. */
let unchanged: World;

beforeAll(async () => {
  unchanged = await World.start();
});

afterAll(async () => {
  await unchanged[Symbol.asyncDispose]();
});

describe.each([apollo, urql, relay])('the cache of $name', ({ connect, harmless }) => {
  let complaints: string[];
  beforeEach(() => {
    complaints = consoleLines();
  });

  it.each([
    ['one after the other', (queries: Answered[]) => queries],
    ['in the opposite order', (queries: Answered[]) => queries.toReversed()],
  ])(
    'gives for each of many queries what came over the wire for it: %s',
    { timeout: 60_000 },
    async (_, order) => {
      const world = unchanged;
      const client = await connect(world.url, fetch);
      expect(await clientDifferences(client, order(await ask(world)))).toEqual([]);
      expect(complaints.filter((line) => harmless?.test(line) !== true)).toEqual([]);
    },
  );

  it("keeps two customers' names apart, and now and then", async () => {
    const world = unchanged;
    const client = await connect(world.url, fetch);
    await client.query(sideBySide(world));
    expect(await cachedNames(client, world)).toEqual(NAMES);
    for (const customerId of CUSTOMERS) {
      for (const destinationId of DESTINATIONS) {
        for (const time of [{}, { at: world.first }, { at: world.then }]) {
          const variables = { customerId, destinationId, ids: SEGMENTS, ...time };
          await client.query({ document: DOCUMENTS.segments, variables });
          expect(await cachedNames(client, world)).toEqual(NAMES);
        }
      }
    }
  });

  it('has every row of a search over both customers', async () => {
    const world = unchanged;
    const client = await connect(world.url, fetch);
    const pages = await searchPages(world);
    for (const page of pages) await client.query(page);
    const cached = await Promise.all(pages.map(async (page) => (await client.read(page)) as SearchPage));
    const rows = cached.flatMap(({ searchSegments }) => searchSegments.edges.map(({ node }) => node));
    expect(rows.map(({ name }) => name).sort()).toEqual(
      CUSTOMERS.flatMap((customerId) =>
        DESTINATIONS.flatMap((destinationId) =>
          [...SEGMENTS, '2001', '2002'].map((id) => nameOf(customerId, destinationId, id, 'now')),
        ),
      ).sort(),
    );
    expect(cached[0]!.searchSegments.totalCount).toBe(rows.length);
  });

  it('takes a new name from node, for that segment alone', async () => {
    await using world = await World.start();
    const client = await connect(world.url, fetch);
    await client.query(sideBySide(world));
    const id = await idOf(world, '1001');
    const { gateway } = world;
    gateway.clock.advance(5000);
    gateway.simulator.destination('acme', 314).mappings[0]!.name = 'Renamed';
    await refresh(gateway, 'acme', '314');
    const again = { document: DOCUMENTS.segmentNode, variables: { id } };
    expect(await client.refetch(again)).toMatchObject({ node: { id, name: 'Renamed' } });
    expect(await cachedNames(client, world)).toEqual(renamed('1001', 'Renamed'));
  });

  it.each([
    ['a segment of Audience Manager', '1001', 'MAPPING_ID'],
    ['a segment of Audience Manager by its sid', '5001', 'SID'],
    ['a segment that is known by hand alone', '80920', 'SID'],
    ['a segment by an ID whose kind nobody stated', 'offline-buyers', null],
  ] as const)('takes a new name from setSegment for that segment alone: %s', async (_, segmentId, idType) => {
    await using world = await World.start();
    const client = await connect(world.url, fetch);
    await client.query(sideBySide(world));
    const key = { customerId: 'acme', destinationId: '314', segmentId, idType };
    await client.mutate({ document: DOCUMENTS.setSegment, variables: { key, name: 'By hand' } });
    const renamedId = segmentId === '5001' ? '1001' : segmentId;
    expect(await cachedNames(client, world)).toEqual(renamed(renamedId, 'By hand'));
    expect(
      differences(await overTheWire(world.url, sideBySide(world)), await client.read(sideBySide(world))),
    ).toEqual([]);
  });

  // Shows that the comparisons above find what they look for.
  it('would show one name four times if an id were unique within its destination only', async () => {
    const world = unchanged;
    const client = await connect(world.url, fetchWithFormerIds);
    const query = sideBySide(world);
    const wire = withFormerIds(await overTheWire(world.url, query));
    const [right, wrong] = [NAMES.acme[0]!, NAMES.globexThen[0]!];
    expect(await clientDifferences(client, [{ ...query, wire }])).toContain(
      `data.acme[0].name: "${wrong}" instead of "${right}"`,
    );
    expect(await cachedNames(client, world)).toEqual({
      acme: NAMES.globexThen,
      globex: NAMES.globexThen,
      acmeThen: NAMES.globexThen,
      globexThen: NAMES.globexThen,
    });
  });
});
