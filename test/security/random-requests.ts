import fc from 'fast-check';
import { createSchema } from '../../src/graphql/schema.js';
import { destinationGlobalId, revisionGlobalId, segmentGlobalId } from '../../src/graphql/global-ids.js';
import { MARKERS, MISSING_CUSTOMER, TENANTS, seenBy, type AnyCaller } from './callers.js';
import { operations, type Pools } from './random-operations.js';
import type { TestRequest } from './realm.js';
import { SHARED_SEGMENTS, type Tenant } from './tenants.js';

/** A request, and whether it may change what is known. */
export interface RandomRequest {
  readonly request: TestRequest;
  readonly isMutation: boolean;
}

export function post(query: string, variables: Readonly<Record<string, unknown>> = {}): TestRequest {
  return { method: 'POST', path: '/graphql', body: { query, variables } };
}

/** A call of a tool of assistants. */
export function toolCall(name: string, args: Readonly<Record<string, unknown>>): TestRequest {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
  return { method: 'POST', path: '/mcp', body };
}

export function get(path: string): TestRequest {
  return { method: 'GET', path };
}

/** Where an export is. */
export function exportPath(customerId: string, destinationId: string, format: string): string {
  return `/export/${encodeURIComponent(customerId)}/${encodeURIComponent(`${destinationId}.${format}`)}`;
}

/** Requests of every kind, most of them GraphQL, such as a caller could send. */
export function requestsOf(caller: AnyCaller, cursors: readonly string[]): fc.Arbitrary<RandomRequest> {
  const pools = poolsOf(caller, cursors);
  const any = operations(createSchema(), pools);
  const paths = fc.constantFrom('/metrics', '/readyz', '/healthz', '/', '/export', '/graphql/customers');
  const exports = fc
    .tuple(
      fc.constantFrom(...pools.customerIds),
      fc.constantFrom(...pools.destinationIds),
      fc.constantFrom('csv', 'ndjson', 'xml'),
    )
    .map(([customer, destination, format]) => exportPath(customer, destination, format));
  const reading = (request: TestRequest): RandomRequest => ({ request, isMutation: false });
  return fc.oneof(
    {
      weight: 16,
      arbitrary: any.map(({ query, variables, isMutation }) => ({
        request: post(query, variables),
        isMutation,
      })),
    },
    {
      weight: 2,
      arbitrary: any.map(({ query, variables }) => {
        const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
        // A mutation is refused there.
        return reading(get(`/graphql?${search.toString()}`));
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(any, fc.nat(200))
        .map(([{ query }, length]) => reading(post(query.slice(0, length)))),
    },
    { weight: 3, arbitrary: exports.map((path) => reading(get(path))) },
    { weight: 1, arbitrary: paths.map((path) => reading(get(path))) },
  );
}

/** What a caller may see comes up more often than the rest, or there would be little but refusals. */
function poolsOf(caller: AnyCaller, cursors: readonly string[]): Pools {
  const weighted = [...TENANTS, ...repeated(seenBy(caller), 4)];
  const foreign = TENANTS.find((tenant) => !seenBy(caller).includes(tenant)) ?? TENANTS[0];
  return {
    customerIds: [...weighted.map(({ id }) => id), MISSING_CUSTOMER],
    destinationIds: [
      ...weighted.flatMap(({ configured }) => configured.destinations?.map(({ id }) => String(id)) ?? []),
      '999',
    ],
    nodeIds: [...weighted.flatMap(nodeIdsOf), MISSING_CUSTOMER, 'nonsense', '~', '~nonsense', ''],
    segmentIds: [
      ...repeated(SHARED_SEGMENTS, 8 * weighted.length),
      ...weighted.flatMap(({ segmentIds }) => segmentIds),
      '999',
      '',
    ],
    sharedSegmentIds: SHARED_SEGMENTS,
    texts: [
      ...repeated(['', 'cart', 'hand', 'zq', 'tenant'], 20),
      ...TENANTS.flatMap(({ owner }) => MARKERS.of(owner)),
    ],
    cursors: [...cursors, 'nonsense'],
    moments: [
      '2000-01-01T00:00:00Z',
      '2026-01-15T12:00:00Z',
      '2026-01-16T12:00:00Z',
      '2026-01-17T12:00:00Z',
      '2100-01-01T00:00:00Z',
    ],
    files: [
      'id,name\n1001,Given in a file\n',
      'sid,name\n5001,Given in a file\n77,\n',
      `customerId,destinationId,id,name\n${foreign?.id ?? ''},314,1001,Given in a file\n`,
      'no file',
    ],
  };
}

/** Global IDs of a customer and of what it has, and some more that it could have. */
function nodeIdsOf({ id: customerId, configured, segmentIds }: Tenant): string[] {
  const destinations = configured.destinations?.map(({ id }) => String(id)) ?? [];
  const at = Date.UTC(2026, 0, 16, 12);
  return [
    ...repeated([customerId], 4),
    ...destinations.flatMap((destinationId) => [
      ...repeated([destinationGlobalId({ customerId, destinationId })], 4),
      ...[...SHARED_SEGMENTS, ...segmentIds.slice(0, 3), ...segmentIds.slice(-4)].flatMap((key) =>
        [null, at].map((moment) => segmentGlobalId({ customerId, destinationId, key, at: moment })),
      ),
      ...[1, 2, 7, 1_000].map((number) => revisionGlobalId({ customerId, destinationId, number })),
    ]),
  ];
}

function repeated<T>(values: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => values).flat();
}
