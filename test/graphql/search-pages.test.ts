import { afterAll, beforeAll, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { SqlStorage } from '../../src/storage/sql-storage.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { mappings } from '../support/directory.js';
import { TestGateway } from '../support/gateway.js';

interface SearchPage {
  readonly nodes: readonly { readonly name: string; readonly sid: string }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: Readonly<Record<'hasNextPage' | 'hasPreviousPage', boolean>>;
  readonly totalCount: number;
}

describe('a search', () => {
  let gateway: TestGateway;
  let searches: MockInstance<SqlStorage['search']>;
  beforeAll(async () => {
    const names = ['Alpha 103', 'Beta', 'Gamma', 'Delta 103', 'Epsilon'];
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings: mappings(...names) }))],
      config: { freshness: { refreshEvery: 0 } },
    });
    await gateway.query(
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { sync { status } } }',
    );
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    searches = vi.spyOn(SqlStorage.prototype, 'search');
  });

  const search = async (query: string, variables = {}): Promise<SearchPage> => {
    const { data, errors } = await gateway.query(query, variables);
    expect(errors).toBeUndefined();
    return (data as { searchSegments: SearchPage }).searchSegments;
  };

  const IN_FRAGMENT =
    'fragment Page on SegmentSearchConnection { n: totalCount pageInfo { p: hasPreviousPage } }';
  it.each<[string, string, Record<string, boolean>, [boolean, boolean]]>([
    ['nothing of it', '{ nodes { name } pageInfo { hasNextPage } }', {}, [false, false]],
    ['the number', '{ totalCount }', {}, [true, false]],
    ['whether there is a page before', '{ pageInfo { hasPreviousPage } }', {}, [false, true]],
    ['both in a fragment, under other names', '{ ...Page }', {}, [true, true]],
    [
      'the number in an inline fragment',
      '{ ... on SegmentSearchConnection { totalCount } }',
      {},
      [true, false],
    ],
    [
      'the number if a variable says so',
      '{ nodes { name } totalCount @include(if: $yes) }',
      { yes: true },
      [true, false],
    ],
    [
      'the number unless a variable says so',
      '{ nodes { name } totalCount @skip(if: $yes) }',
      { yes: true },
      [false, false],
    ],
  ])('is told that the operation selects %s', async (_, selection, variables, expected) => {
    const declared = 'yes' in variables ? '($yes: Boolean!)' : '';
    const fragments = selection.includes('...Page') ? IN_FRAGMENT : '';
    await search(`query ${declared} { searchSegments(text: "a") ${selection} } ${fragments}`, variables);
    const [request] = searches.mock.lastCall!;
    expect([request.withTotal, request.withPrevious]).toEqual(expected);
  });

  it('has the segments with the identifier first, on the first page and on later ones', async () => {
    const page = async (after: string | null): Promise<SearchPage> =>
      await search(
        `query ($after: String) { searchSegments(text: " 103 ", first: 1, after: $after) {
          nodes { name sid } edges { cursor } pageInfo { hasNextPage hasPreviousPage } totalCount } }`,
        { after },
      );
    const seen: unknown[] = [];
    for (let after: string | null = null; ;) {
      const { nodes, edges, pageInfo, totalCount } = await page(after);
      expect(totalCount).toBe(3);
      expect(pageInfo.hasPreviousPage).toBe(seen.length > 0);
      seen.push(...nodes.map(({ name }) => name));
      after = edges[0]!.cursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(['Gamma', 'Alpha 103', 'Delta 103']);
  });

  it('goes on by name behind a cursor of a version that knew no identifiers', async () => {
    const cursor = Buffer.from(JSON.stringify(['s', 'Alpha 103', '1', 'acme', '314'])).toString('base64url');
    const { nodes, pageInfo } = await search(
      `{ searchSegments(text: "103", after: "${cursor}") { nodes { name } pageInfo { hasPreviousPage } } }`,
    );
    expect(nodes).toEqual([{ name: 'Delta 103' }]);
    expect(pageInfo).toEqual({ hasPreviousPage: true });
  });
});
