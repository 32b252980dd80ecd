import { describe, expect, it, vi } from 'vitest';
import { searchPages, type SearchPage } from './queries.js';
import { connectRelay } from './relay.js';
import { fetchWithFormerIds, overTheWire } from './wire.js';
import { World } from './world.js';

/** A search whose pages Relay joins into one list. */
const SEARCH = `query ClientsConnectionQuery($text: String!, $first: Int!, $after: String) {
  searchSegments(text: $text, first: $first, after: $after) @connection(key: "Clients_searchSegments") {
    edges { node { id mappingId sid name } }
  }
}`;

/** The names in the list that Relay has after the last page, and those that were on the wire. */
async function searchWith(fetch: typeof globalThis.fetch): Promise<{ names: string[]; wire: string[] }> {
  await using world = await World.start();
  const client = await connectRelay(world.url, fetch, [SEARCH]);
  const pages = await searchPages(world);
  const namesOf = (page: unknown) => (page as SearchPage).searchSegments.edges.map(({ node }) => node.name);
  const wire: string[] = [];
  for (const page of pages) {
    wire.push(...namesOf(await overTheWire(world.url, page)));
    await client.query({ document: SEARCH, variables: page.variables });
  }
  return { names: namesOf(client.read({ document: SEARCH, variables: pages[0]!.variables })), wire };
}

describe('a search over two customers that Relay pages through as a connection', () => {
  it('has every row, in order', async () => {
    const { names, wire } = await searchWith(fetch);
    expect(wire).toHaveLength(24);
    expect(names).toEqual(wire);
  });

  it('would lose rows if an id were unique within its destination only', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const { names, wire } = await searchWith(fetchWithFormerIds);
    expect(names.length).toBeLessThan(wire.length);
  });
});
