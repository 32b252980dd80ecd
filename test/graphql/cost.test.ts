import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/index.js';
import { costExcess } from '../../src/graphql/limits/cost.js';

const schema = createSchema();
const sizes = { customers: () => 7, destinations: () => 4, allDestinations: () => 20 };

/** The estimate of an operation for one of the limits. */
function estimate(limited: 'ids' | 'cost', query: string, variables: Record<string, unknown> = {}): number {
  const limits = { first: 1_000, ids: limited === 'ids' ? -1 : 1e9, cost: -1 };
  const operation = { schema, document: parse(query), operationName: null, variables };
  return costExcess(operation, limits, sizes)?.estimate ?? 0;
}

describe('the number of IDs that an operation looks up', () => {
  it.each([
    ['{ segment(destinationId: 1, segmentId: 1) { name } }', 1],
    ['{ segments(destinationId: 1, segmentIds: [1, 2, 3]) { name } }', 3],
    [
      '{ segmentsByKey(keys: [{ destinationId: 1, segmentId: 1 }, { destinationId: 1, segmentId: 2 }]) { name } }',
      2,
    ],
    [
      '{ lookupSegments(keys: [{ destinationId: 1, segmentId: 1 }]) { segment { name } candidates { name } } }',
      1,
    ],
    ['{ node(id: "a") { id } nodes(ids: ["a", "b"]) { id } }', 3],
    [
      '{ destination(destinationId: 1) { segment(segmentId: 1) { name } segmentsById(segmentIds: [1, 2]) { name } } }',
      3,
    ],
    ['{ customers(first: 2) { nodes { destinations { segment(segmentId: 1) { name } } } } }', 2 * 4],
    [
      '{ nodes(ids: ["a", "b"]) { ... on Destination { segmentsById(segmentIds: [1, 2]) { name } } } }',
      2 + 2 * 2,
    ],
    ['{ searchSegments(text: "", first: 3) { unread { segment(segmentId: 1) { name } } } }', 20],
    ['mutation { setSegment(key: { destinationId: 1, segmentId: 1 }) { name } }', 0],
  ])('of %s is %d', (query, ids) => {
    expect(estimate('ids', query)).toBe(ids);
  });

  it('counts the lists of variables', () => {
    const query = 'query ($ids: [ID!]!) { segments(destinationId: 1, segmentIds: $ids) { name } }';
    expect(estimate('ids', query, { ids: ['1', '2'] })).toBe(2);
  });
});

describe('the cost of an operation', () => {
  it.each([
    ['{ node(id: "a") { id } }', 1 + 1],
    ['{ nodes(ids: ["a", "b", "c"]) { id __typename } }', 1 + 3 * 2],
    // The possible type that costs most counts.
    ['{ node(id: "a") { id ... on Customer { name } ... on Segment { name label } } }', 1 + 3],
    ['{ lookupSegments(keys: [{ destinationId: 1, segmentId: 1 }]) { status segment { name } } }', 1 + 1 + 2],
    ['{ lookupSegments(keys: [{ destinationId: 1, segmentId: 1 }]) { candidates { name } } }', 1 + 1 + 10],
    ['{ searchSegments(text: "", first: 5) { nodes { name } } }', 1 + 5 * 2],
    // The length of a page does not multiply the destinations that could not be read.
    [
      '{ searchSegments(text: "", first: 5) { nodes { name } unread { destinationId } } }',
      1 + 5 * 2 + 1 + 20,
    ],
    [
      '{ searchSegments(text: "", first: 5) { unread { segments(first: 3) { nodes { name } } } } }',
      1 + 1 + 20 * (1 + 3 * 2),
    ],
  ])('%s is %d', (query, cost) => {
    expect(estimate('cost', query)).toBe(cost);
  });
});
