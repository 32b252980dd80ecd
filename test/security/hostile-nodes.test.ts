import { describe, expect, it } from 'vitest';
import type { TestGateway } from '../support/gateway.js';
import {
  attack,
  attackOneGateway,
  codesOf,
  expectNames,
  many,
  nested,
  operation,
  type Limited,
  type Sent,
} from './support.js';

describe('a hostile request for nodes, or for all that is known of keys', () => {
  let gateway: TestGateway;

  attackOneGateway((started) => {
    gateway = started;
  });

  it.each<[string, Sent, Limited]>([
    [
      'with 50,000 global IDs in its text',
      operation(`{ nodes(ids: [${many(50_000, (i) => `"${i}"`)}]) { id } }`),
      { limited: 'tokens', limit: 20_000, estimate: 20_001 },
    ],
    [
      'with 50,000 global IDs as a variable',
      operation('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: Array.from({ length: 50_000 }, (_, i) => `${i}`),
      }),
      { limited: 'ids', limit: 10_000, estimate: 50_000 },
    ],
    [
      'with 11,000 keys of which everything is asked',
      operation('query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { status } }', {
        keys: Array.from({ length: 11_000 }, () => ({ destinationId: '314', segmentId: '1' })),
      }),
      { limited: 'ids', limit: 10_000, estimate: 11_000 },
    ],
    [
      'with nodes inside lists inside lists to answer',
      operation(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { destinations { segments(first: 1000) { nodes { history(first: 1000) { nodes { name } } } } } } } }',
        { ids: ['acme'] },
      ),
      { limited: 'cost', limit: 250_000, estimate: 4_006_004 },
    ],
  ])('%s is too complex', async (_, sent, limited) => {
    const received = await attack(gateway, sent);
    expect(received.body?.errors?.[0]?.extensions).toEqual({ code: 'QUERY_TOO_COMPLEX', ...limited });
    expect(received.status).toBe(400);
  });

  it.each<[string, Sent]>([
    [
      'with 10,000 numbers beyond all bounds for global IDs',
      operation('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: Array.from({ length: 10_000 }, () => 2 ** 60),
      }),
    ],
    [
      'with 100,000 lists inside lists for global IDs',
      {
        body: `{"query":"query ($ids: [ID!]!) { nodes(ids: $ids) { id } }","variables":{"ids":${nested(100_000, '[', ']')}}}`,
      },
    ],
  ])('%s is the sender’s mistake', async (_, sent) => {
    const received = await attack(gateway, sent);
    expect(codesOf(received)).toEqual(['BAD_USER_INPUT']);
    expect(received.status).toBe(400);
    expect(received.text.length).toBeLessThan(5_000);
  });

  it.each(COSTLY_IDS)('for 10,000 %s keeps nobody waiting', async (_, idOf) => {
    const ids = Array.from({ length: 10_000 }, (_each, i) => idOf(i));
    const attacked = attack(gateway, operation('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids }));
    const [received] = await Promise.all([attacked, expectNames(gateway)]);
    // It may be refused as a whole.
    expect([[], ['QUERY_TOO_COMPLEX']]).toContainEqual(codesOf(received));
  });

  it.each<[string, Sent, unknown]>([
    [
      '10,000 global IDs of nothing are 10,000 times nothing',
      operation('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids: nonsenseIds(10_000) }),
      { nodes: Array.from({ length: 10_000 }, () => null) },
    ],
    [
      'a global ID of 900,000 letters is one of nothing',
      operation('query ($id: ID!) { node(id: $id) { id } }', { id: 'x'.repeat(900_000) }),
      { node: null },
    ],
    [
      'a global ID that holds lists inside lists is one of nothing',
      operation('query ($id: ID!) { node(id: $id) { id } }', { id: globalId(nested(300_000, '[', ']')) }),
      { node: null },
    ],
    [
      'a global ID whose segment has a key of 500,000 letters is one of nothing',
      operation('query ($id: ID!) { node(id: $id) { id } }', {
        id: globalId(JSON.stringify(['s', 'acme', '314', 'x'.repeat(500_000)])),
      }),
      { node: null },
    ],
    [
      '10,000 keys of nothing are 10,000 times unknown or failed',
      operation('query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { status } }', {
        keys: Array.from({ length: 10_000 }, (_, i) => ({
          destinationId: i % 2 === 0 ? '314' : `nothing ${i}`,
          segmentId: `nothing ${i}`,
        })),
      }),
      {
        lookupSegments: Array.from({ length: 10_000 }, (_, i) => ({
          status: i % 2 === 0 ? 'UNKNOWN' : 'FAILED',
        })),
      },
    ],
  ])('%s', async (_, sent, data) => {
    const { status, body } = await attack(gateway, sent);
    expect(body).toEqual({ data });
    expect(status).toBe(200);
  });
});

/** 10,000 global IDs, all that a request may have, each of which has to be read from the storage by itself. */
const COSTLY_IDS: readonly (readonly [string, (i: number) => string])[] = [
  ['moments of a segment', (i) => globalId(`["s","acme","314","1001",${Date.UTC(2026, 0, 15, 12) + i}]`)],
  ['moments before there was a segment', (i) => globalId(`["s","acme","314","1001",${i}]`)],
  ['changes', (i) => globalId(`["r","acme","314",${i + 1}]`)],
];

/** A global ID of this content. */
function globalId(json: string): string {
  return `~${Buffer.from(json).toString('base64url')}`;
}

/** Global IDs as no gateway makes them, or as one makes them of what is not there. */
function nonsenseIds(count: number): string[] {
  const kinds = [
    (i: number) => `nobody-${i}`,
    (i: number) => `~${i}`,
    (i: number) => globalId(`["d","acme","${i + 1_000}"]`),
    (i: number) => globalId(`["d","nobody","${i}"]`),
    (i: number) => globalId(`["s","acme","314","nothing ${i}"]`),
    (i: number) => globalId(`["s","acme","314","1001",${i % 20}]`),
    (i: number) => globalId(`["r","acme","314",${1_000 + (i % 50)}]`),
    (i: number) => globalId(`["r","acme","314",-${i}]`),
    (i: number) => globalId(`["s","acme","314",{"toString":${i}}]`),
    (i: number) => globalId(`["d", "acme", "314"]${' '.repeat(i % 100)}`),
    (i: number) => globalId(`{"0":"d","1":"acme","2":"314","length":3,"i":${i}}`),
    (i: number) => `~${'\u0000'.repeat(i % 100)}`,
  ];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!(i));
}
