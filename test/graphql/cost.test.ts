import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/index.js';
import { destinationGlobalId, revisionGlobalId, segmentGlobalId } from '../../src/graphql/global-ids.js';
import { estimateCost } from '../../src/graphql/limits/cost.js';
import type { Weight } from '../../src/graphql/limits/weight.js';

const schema = createSchema();
const sizes = {
  customers: () => 7,
  destinations: () => 4,
  allDestinations: () => 20,
  segments: (destinationId: string | null) => (destinationId === 'small' ? 150 : 100_000),
};

function weigh(query: string, variables: Record<string, unknown> = {}): Weight {
  const limits = { first: 1_000, ids: 1e9, cost: 1e9 };
  const operation = { schema, document: parse(query), operationName: null, variables };
  return estimateCost(operation, limits, sizes).weight;
}

/** The estimate of an operation for one of the limits. */
function estimate(limited: 'ids' | 'cost', query: string, variables: Record<string, unknown> = {}): number {
  return weigh(query, variables)[limited];
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
      '{ _entities(representations: [{ __typename: "Customer", id: 1 }, { __typename: "SegmentReference", segmentId: 1 }]) { ... on SegmentReference { segment { name } } } }',
      2,
    ],
    // A reference is looked up once with the same arguments, however often and under whatever names it is selected.
    [
      `{ _entities(representations: [{ segmentId: 1 }, { segmentId: 2 }]) {
         ... on SegmentReference { segment { name } same: segment(idType: null) { label } sid: segment(idType: SID) { name }
           other: segment(idType: SID) { label } then: segment(at: "2026-01-01T00:00:00Z") { name }
           later: segment(at: "2026-01-02T00:00:00Z") { name } } } }`,
      2 + 3 * 2,
    ],
    [
      `{ _entities(representations: [{ segmentId: 1 }, { segmentId: 2 }, { segmentId: 3 }]) {
         ... on SegmentReference { segment { name } sid: segment(idType: SID) { name } }
         ... on SegmentReference { segment { label } url: segment(idType: URL) { name } } } }`,
      3 + 2 * 3,
    ],
    [
      `{ a: _entities(representations: [{ segmentId: 1 }]) { ... on SegmentReference { segment { name } } }
         b: _entities(representations: [{ segmentId: 1 }, { segmentId: 2 }]) { ... on SegmentReference { other: segment { name } } } }`,
      1 + 2,
    ],
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
    ['{ findSegments(segmentIds: [1, 2, 3]) { results { segmentId } unread { destinationId } } }', 3],
    ['mutation { setSegment(key: { destinationId: 1, segmentId: 1 }) { name } }', 0],
  ])('of %s is %d', (query, ids) => {
    expect(estimate('ids', query)).toBe(ids);
  });

  it('counts the lists of variables', () => {
    const query = 'query ($ids: [ID!]!) { segments(destinationId: 1, segmentIds: $ids) { name } }';
    expect(estimate('ids', query, { ids: ['1', '2'] })).toBe(2);
  });
});

/** What a call to the storage costs, which a search over destinations is. */
const CALL = 100;
const SEARCH = CALL;

describe('the cost of an operation', () => {
  it.each([
    ['{ node(id: "a") { id } }', 1 + 1],
    ['{ nodes(ids: ["a", "b", "c"]) { id __typename } }', 1 + 3 * 2],
    // The possible type that costs most counts.
    ['{ node(id: "a") { id ... on Customer { name } ... on Segment { name label } } }', 1 + 3],
    ['{ lookupSegments(keys: [{ destinationId: 1, segmentId: 1 }]) { status segment { name } } }', 1 + 1 + 2],
    ['{ lookupSegments(keys: [{ destinationId: 1, segmentId: 1 }]) { candidates { name } } }', 1 + 1 + 10],
    ['{ _service { sdl } }', 1 + 2_500 + 1],
    ['{ a: _service { b: sdl c: sdl } d: _service { sdl } e: _service { __typename } }', 3 + 3 * 2_501 + 1],
    // What is repeated of long IDs counts, up to the length that an ID may have, where it is repeated.
    [
      `{ lookupSegments(keys: [{ destinationId: "${'1'.repeat(600)}", segmentId: "${'1'.repeat(5_000)}" }]) { a: segmentId b: segmentId error { message } } }`,
      1 + 4 + 2 * (900 / 50) + 500 / 50,
    ],
    [
      `{ lookupSegments(keys: [{ destinationId: "1", segmentId: "${'1'.repeat(600)}" }]) { destinationId error { message } } }`,
      1 + 3,
    ],
    [
      `{ findSegments(segmentIds: ["${'1'.repeat(100)}", "${'1'.repeat(600)}"]) { results { segmentId } } }`,
      CALL + 1 + 1 + 2 + 2 + 500 / 50,
    ],
    [
      `{ _entities(representations: [{ segmentId: "${'1'.repeat(600)}" }]) { ... on SegmentReference { segmentId customerId } } }`,
      1 + 2 + 500 / 50,
    ],
    ['{ searchSegments(text: "", first: 5) { nodes { name } } }', SEARCH + 1 + 5 * 2],
    // The length of a page does not multiply the destinations that could not be read.
    [
      '{ searchSegments(text: "", first: 5) { nodes { name } unread { destinationId } } }',
      SEARCH + 1 + 5 * 2 + 1 + 20,
    ],
    [
      '{ searchSegments(text: "", first: 5) { unread { segments(first: 3) { nodes { name } } } } }',
      SEARCH + 1 + 1 + 20 * (1 + 3 * 2),
    ],
    // A page of no items costs as much as one of one item.
    ['{ customers(first: 0) { nodes { id name } } }', 1 + 1 + 2],
    // What a page has besides its items is there once.
    ['{ customers(first: 5) { totalCount pageInfo { endCursor } nodes { id } } }', 1 + 1 + 2 + 5 * 2],
    // A list of what the caller may see is no longer than that.
    ['{ customers(first: 1000) { nodes { id } } }', 1 + 7 * 2],
    // A list in the arguments is read for each object.
    [
      `{ segments(destinationId: 1, segmentIds: [1, 2, 3]) { destination { segments(status: [ACTIVE, ACTIVE]) { totalCount } } } }`,
      1 + 3 * 2 + 2 * 2 + 3 + 1_000,
    ],
    [
      `{ segments(destinationId: 1, segmentIds: [1, 2, 3]) { history(after: "${'x'.repeat(2_000)}", first: 0) { totalCount } } }`,
      1 + 3 * 2 + 2 * 2 + CALL,
    ],
    // IDs multiply what is found of each, but not the destinations that could not be looked into.
    [
      '{ findSegments(segmentIds: [1, 2, 3]) { results { matches(first: 2) { idType } } unread { destinationId } } }',
      CALL + 1 + 1 + 3 + 3 + 3 * 2 + 1 + 20,
    ],
    // A list of destinations is no longer than all of them, which it looks at.
    ['{ destinations(first: 50) { totalCount nodes { name } } }', 1 + 1 + 1 + 20 * 2],
    ['{ destinations(first: 5) { statusCounts { count } nodes { name } } }', 1 + 1 + 1 + 5 + 5 * 2],
    ['{ destination(destinationId: 1) { changesByDay(days: 7) { date total } } }', 1 + 1 + CALL + 7 * 2],
    ['{ destination(destinationId: 1) { changesByDay { date } } }', 1 + 1 + CALL + 90],
    // More than are allowed are refused.
    ['{ destination(destinationId: 1) { changesByDay(days: 1000000) { date } } }', 1 + 1 + 4 * CALL + 400],
    ['mutation { refreshDestination(destinationId: 1) { name } }', 1 + 1],
  ])('%s is %d', (query, cost) => {
    expect(estimate('cost', query)).toBe(cost);
  });
});

describe('what an operation searches and reads', () => {
  const segments = '{ nodes { name } }';
  const history = '{ history(first: 3) { nodes { name } } }';

  it.each<[string, Partial<Weight>]>([
    // A search looks at the segments of the destination that is named, or of the largest one.
    [
      `{ destination(destinationId: "small") { segments(search: "a") ${segments} } }`,
      { searches: 1, scanned: 150 },
    ],
    [
      `{ destination(destinationId: 1) { segments(search: "a") ${segments} } }`,
      { searches: 1, scanned: 100_000 },
    ],
    [
      `{ customer(id: 1) { destination(destinationId: "small") { segments(status: ACTIVE) ${segments} } } }`,
      { searches: 1, scanned: 150 },
    ],
    [
      `{ customer(id: 1) { destinations { segments(status: ACTIVE) ${segments} } } }`,
      { searches: 4, scanned: 400_000 },
    ],
    [`{ destination(destinationId: 1) { segments(search: " ") ${segments} } }`, { searches: 0, scanned: 0 }],
    // A field of a destination is computed once for all its segments.
    [
      `{ segments(destinationId: "small", segmentIds: [1, 2, 3]) { destination { segments(search: "a") ${segments} } } }`,
      { searches: 1, scanned: 150 },
    ],
    [
      `{ segmentsByKey(keys: [{ destinationId: 1, segmentId: 1 }, { destinationId: 2, segmentId: 1 }, { destinationId: 1, segmentId: 2 }]) { destination { segments(search: "a") ${segments} } } }`,
      { searches: 2, scanned: 200_000 },
    ],
    ['{ searchSegments(text: "") { totalCount } }', { searches: 1, scanned: 0 }],
    [
      `{ searchSegments(text: "", first: 1000) { nodes { destination { segments(search: "a") ${segments} } } } }`,
      { searches: 21, scanned: 2_000_000 },
    ],
    ['{ findSegments(segmentIds: [1, 2, 3]) { results { segmentId } } }', { searches: 1, scanned: 0 }],
    // What is found of a few IDs may be of all destinations.
    [
      `{ findSegments(segmentIds: [1, 2, 3]) { results { matches { segment { destination { segments(search: "a") ${segments} } } } } } }`,
      { searches: 21, scanned: 2_000_000 },
    ],
    [
      '{ findSegments(segmentIds: [1, 2, 3]) { results { matches(first: 2) { segment { destination { changesByDay { total } } } } } } }',
      { histories: 6 },
    ],
    ['{ destinations(first: 5) { nodes { changesByDay { total } } } }', { histories: 5 }],
    ['{ destinations(first: 500) { nodes { changesByDay { total } } } }', { histories: 20 }],
    // The changes of 100 days are one read.
    ['{ destinations(first: 5) { nodes { changesByDay(days: 400) { total } } } }', { histories: 20 }],
    // The histories of 100 segments of a destination are one read.
    [`{ segments(destinationId: 1, segmentIds: [${'1 '.repeat(100)}]) ${history} }`, { histories: 1 }],
    [`{ segments(destinationId: 1, segmentIds: [${'1 '.repeat(101)}]) ${history} }`, { histories: 2 }],
    [
      `{ segmentsByKey(keys: [{ destinationId: 1, segmentId: 1 }, { destinationId: 2, segmentId: 1 }]) ${history} }`,
      { histories: 2 },
    ],
    [
      `{ customer(id: 1) { destinations { changes(since: "2026-01-01T00:00:00Z") ${segments} } } }`,
      { histories: 4 },
    ],
    // The past is read once for each destination and moment.
    [
      '{ segments(destinationId: 1, segmentIds: [1, 2, 3], at: "2026-01-01T00:00:00Z") { name } }',
      { moments: 1, histories: 0 },
    ],
    [
      '{ lookupSegments(keys: [{ destinationId: 1, segmentId: 1 }, { destinationId: 2, segmentId: 1 }], at: "2026-01-01T00:00:00Z") { status } }',
      { moments: 2 },
    ],
    // What is too long is no destination.
    [
      `{ lookupSegments(keys: [{ destinationId: "${'1'.repeat(40_000)}", segmentId: 1 }, { destinationId: "${'2'.repeat(40_000)}", segmentId: 1 }], at: "2026-01-01T00:00:00Z") { status } }`,
      { moments: 1 },
    ],
    [
      '{ customer(id: 1) { destinations { segment(segmentId: 1, at: "2026-01-01T00:00:00Z") { name } } } }',
      { moments: 4 },
    ],
    ['{ segments(destinationId: 1, segmentIds: [1], at: null) { name } }', { moments: 0 }],
    [
      `{ _entities(representations: [${['1', '2', '1'].map((id) => `{ __typename: "SegmentReference", customerId: "a", destinationId: "${id}", segmentId: "3" }`).join(' ')}]) {
         ... on SegmentReference { segment(at: "2026-01-01T00:00:00Z") { name } } } }`,
      { moments: 2 },
    ],
    [
      `{ _entities(representations: [${[1, 2].map((at) => `{ __typename: "Segment", id: "${segmentGlobalId({ customerId: 'a', destinationId: '1', key: '1', at })}" }`).join(' ')}]) { ... on Segment { name } } }`,
      { moments: 2 },
    ],
  ])('by %s', (query, expected) => {
    expect(weigh(query)).toMatchObject(expected);
  });

  it('by global IDs, as far as these are not of the present', () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const destinations = Array.from({ length: 30 }, (_, index) => '1'.repeat(index + 1));
    const present = destinations.flatMap((destinationId) => [
      destinationGlobalId({ customerId: 'a', destinationId }),
      segmentGlobalId({ customerId: 'a', destinationId, key: destinationId, at: null }),
    ]);
    expect(weigh(query, { ids: ['acme', '', '~', '~W', '"]', ...present] })).toMatchObject({
      histories: 0,
      moments: 0,
    });
    const past = destinations.flatMap((destinationId) => [
      segmentGlobalId({ customerId: 'a', destinationId, key: '1', at: 1_700_000_000_000 }),
      segmentGlobalId({ customerId: 'a', destinationId, key: '2', at: 1_700_000_000_000 }),
      segmentGlobalId({ customerId: 'a', destinationId, key: '2', at: -1 }),
    ]);
    expect(weigh(query, { ids: past })).toMatchObject({ moments: 60, histories: 0 });
    const revisions = destinations.flatMap((destinationId) =>
      [1, 2].map((number) => revisionGlobalId({ customerId: 'a', destinationId, number })),
    );
    expect(weigh(query, { ids: revisions })).toMatchObject({ moments: 0, histories: 30 });
  });

  it('costs about a hundred values for each read', () => {
    expect(
      weigh('{ segments(destinationId: 1, segmentIds: [1], at: "2026-01-01T00:00:00Z") { name } }').cost,
    ).toBe(CALL + 1 + 1);
    expect(weigh(`{ segments(destinationId: 1, segmentIds: [${'1 '.repeat(250)}]) ${history} }`).cost).toBe(
      3 * CALL + 1 + 250 * (1 + 3 * 2),
    );
  });
});

describe('an argument that does not fit', () => {
  it('does not hide what the other fields cost', () => {
    const query =
      'query ($first: Int = 1) { bad: customers(first: $first) { nodes { id } } customers(first: 5) { nodes { id } } }';
    expect(weigh(query, { first: null }).cost).toBe(1 + 1 + 5 * 2);
  });
});
