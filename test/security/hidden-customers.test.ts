import { describe, expect, it } from 'vitest';
import { destinationGlobalId, revisionGlobalId, segmentGlobalId } from '../../src/graphql/global-ids.js';
import { createSchema } from '../../src/graphql/schema.js';
import { MISSING_CUSTOMER, TENANTS } from './callers.js';
import { exportPath, get, post, toolCall } from './random-requests.js';
import { OPERATOR, Realm, type TestRequest } from './realm.js';
import { ALL_PERMISSIONS, callerWith, type Tenant, type TestCaller } from './tenants.js';
import { StorageWatch, measure } from './work.js';

/** As long as a destination's ID that only one customer has, and none. */
const MISSING_DESTINATION = '719999999';

/**
 * The ways to ask for one customer, by the field of the schema; `$c`, `$d` and `$s` are what is asked for, `$nd`, `$ns`,
 * `$na` and `$nr` global IDs of such a destination, segment, segment at a moment, and revision.
 */
const PROBES: Readonly<Record<string, readonly string[]>> = {
  customer: [
    '{ customer(id: $c) { id name destinations { id } } }',
    '{ customer(id: $c) { destination(destinationId: $d) { name } } }',
  ],
  customers: ['{ customers(search: $c) { totalCount nodes { id } } }'],
  destination: [
    '{ destination(customerId: $c, destinationId: $d) { name sync { segmentCount } segments { totalCount } } }',
  ],
  segment: [
    '{ segment(customerId: $c, destinationId: $d, segmentId: $s) { name } }',
    '{ segment(customerId: $c, destinationId: $d, segmentId: $s, idType: SID, at: "2026-01-16T00:00:00Z") { name } }',
  ],
  segments: ['{ segments(customerId: $c, destinationId: $d, segmentIds: [$s, "1001"]) { name } }'],
  node: ['$c', '$nd', '$ns', '$na', '$nr'].map(
    (id) =>
      `{ node(id: ${id}) { __typename id ... on Customer { customer: name } ... on Destination { destinationId } ... on Segment { name } ... on SegmentRevision { segmentId } } }`,
  ),
  nodes: ['{ nodes(ids: ["nonsense", $nr, $na, $ns, $nd, $c, "~"]) { __typename id } }'],
  viewer: [],
  segmentsByKey: [
    '{ segmentsByKey(keys: [{ customerId: $c, destinationId: $d, segmentId: $s }, { customerId: $c, destinationId: $d, segmentId: "" }]) { name } }',
  ],
  lookupSegments: [
    '{ lookupSegments(keys: [{ customerId: $c, destinationId: $d, segmentId: $s }]) { customerId status idType segment { name } candidates { name } error { code message } } }',
    '{ lookupSegments(keys: [{ customerId: $c, destinationId: $d, segmentId: $s, idType: AUTO }], at: "2026-01-16T00:00:00Z") { status error { code } } }',
  ],
  searchSegments: [
    '{ searchSegments(text: "", customerId: $c) { totalCount unread { id } } }',
    '{ searchSegments(text: "", customerId: $c, destinationId: $d) { totalCount } }',
  ],
  findSegments: [
    '{ findSegments(segmentIds: [$s, "1001"], customerId: $c) { results { segmentCount matchCount matches { segment { name } } error { code } } unread { id } } }',
  ],
  destinations: [
    '{ destinations(customerId: $c) { totalCount statusCounts { status count } nodes { id } } }',
    '{ destinations(search: $c) { totalCount nodes { id } } }',
  ],
  _entities: [
    '{ _entities(representations: [{ __typename: "Customer", id: $c }, { __typename: "Destination", id: $nd }, { __typename: "Segment", id: $ns }, { __typename: "Segment", id: $na }]) { __typename } }',
    '{ _entities(representations: [{ __typename: "Destination", destinationId: $d, customerId: $c }]) { ... on Destination { name sync { segmentCount } } } }',
    '{ _entities(representations: [{ __typename: "SegmentReference", destinationId: $d, segmentId: $s, customerId: $c }]) { ... on SegmentReference { customerId segment { name } then: segment(idType: SID, at: "2026-01-16T00:00:00Z") { name } } } }',
  ],
  // These say nothing of customers.
  _service: [],
  gateway: [],
  // As undoImport.
  import: [],
  imports: [
    '{ imports(customerId: $c) { totalCount nodes { fileName } } }',
    '{ imports(customerId: $c, destinationId: $d) { totalCount nodes { by } } }',
  ],
  refreshDestination: ['mutation { refreshDestination(customerId: $c, destinationId: $d) { id } }'],
  importSegments: [
    'mutation { importSegments(customerId: $c, destinationId: $d, csv: "id,name\\n1001,Name\\n") { created } }',
    'mutation { importSegments(customerId: $c, destinationId: $d, csv: "no file", dryRun: true) { created } }',
  ],
  setSegment: [
    'mutation { setSegment(key: { customerId: $c, destinationId: $d, segmentId: $s }, name: "Name") { id } }',
    'mutation { setSegment(key: { customerId: $c, destinationId: $d, segmentId: $s }) { id } }',
  ],
  unsetSegment: [
    'mutation { unsetSegment(key: { customerId: $c, destinationId: $d, segmentId: $s }) { id } }',
  ],
  purgeSegment: [
    'mutation { purgeSegment(key: { customerId: $c, destinationId: $d, segmentId: $s }) { id } }',
  ],
  // Names no customer: imports have random IDs. The tests of imports ask for one of a hidden customer.
  undoImport: [],
};

/** The ways to ask for one customer by the tools of assistants, or by a destination alone if `customer` is empty. */
function toolCalls(customer: string, destinationId: string, segment: string): TestRequest[] {
  const since = '2026-01-01T00:00:00Z';
  const customerId = customer === '' ? {} : { customerId: customer };
  const segmentIds = [segment, '1001'];
  return [
    toolCall('look_up_segments', { ...customerId, destinationId, segmentIds }),
    toolCall('search_segments', { ...customerId, destinationId, text: '' }),
    toolCall('what_changed', { ...customerId, destinationId, since }),
    ...(customer === ''
      ? []
      : [
          toolCall('look_up_segments', { ...customerId, segmentIds }),
          toolCall('search_segments', { ...customerId, text: '' }),
          toolCall('list_destinations', customerId),
          toolCall('list_destinations', { search: customer }),
          toolCall('what_changed', { ...customerId, since }),
        ]),
  ];
}

/** A request of a text of `PROBES`. */
function requestOf(text: string, customerId: string, destinationId: string, key: string): TestRequest {
  const place = { customerId, destinationId };
  const values = {
    $nd: destinationGlobalId(place),
    $ns: segmentGlobalId({ ...place, key, at: null }),
    $na: segmentGlobalId({ ...place, key, at: Date.UTC(2026, 0, 17) }),
    $nr: revisionGlobalId({ ...place, number: 1 }),
    $c: customerId,
    $d: destinationId,
    $s: key,
  };
  return post(
    text.replaceAll(/\$(?:n[dsar]|[cds])/g, (name) => JSON.stringify(values[name as keyof typeof values])),
  );
}

describe('a customer that the caller may not see', () => {
  const [own, hidden, third] = TENANTS as [Tenant, Tenant, Tenant];
  const hiddenIds = hidden.configured.destinations?.map(({ id }) => String(id)) ?? [];
  const caller = callerWith('probing', [own.id], ALL_PERMISSIONS);

  /** The same requests about one customer or another, for a destination and a segment. */
  function requestsAbout(customer: string, destination: string, segment: string): TestRequest[] {
    const texts = Object.values(PROBES).flat();
    return [
      ...texts.map((text) => requestOf(text, customer, destination, segment)),
      ...toolCalls(customer, destination, segment),
      ...['csv', 'ndjson', 'xml'].map((format) => get(exportPath(customer, destination, format))),
    ];
  }

  /** The same request about the hidden customer and about none, for what the two could have and could not. */
  const pairs = ['314', hiddenIds.at(-1) ?? '', '999'].flatMap((destination) =>
    ['1001', hidden.segmentIds[0] ?? ''].flatMap((segment) => {
      const nowhere = requestsAbout(MISSING_CUSTOMER, destination, segment);
      return requestsAbout(hidden.id, destination, segment).map(
        (there, index) => [there, nowhere[index]!] as const,
      );
    }),
  );

  it('is asked for below by every field that there is', () => {
    const schema = createSchema();
    const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    expect(Object.keys(PROBES).sort()).toEqual(fields.sort());
  });

  it.each([
    ['read before', Realm.start.bind(Realm)],
    ['never read', Realm.startUnread.bind(Realm)],
  ])(
    'answers to the letter as one that is not there, and nothing is done for it: %s',
    async (_, start) => {
      // From before there is anything to watch: what is still being stored of the start is not to be taken for an answer's.
      const storage = new StorageWatch();
      await using realm = await start([own, hidden], [caller]);
      for (const [aboutHidden, aboutNone] of pairs) {
        const there = await measure(realm, storage, aboutHidden, caller.key);
        const nowhere = await measure(realm, storage, aboutNone, caller.key);
        const text = JSON.stringify(there.response).replaceAll(hidden.id, MISSING_CUSTOMER);
        expect(text).toBe(JSON.stringify(nowhere.response));
        expect(there.work).toEqual({ statements: 0, calls: 0 });
        expect(nowhere.work).toEqual({ statements: 0, calls: 0 });
      }
    },
    60_000,
  );

  describe('and a destination that is asked for without a customer', () => {
    const withoutCustomer = Object.values(PROBES)
      .flat()
      .filter((text) => text.includes('customerId: $c, '))
      .map((text) => text.replaceAll('customerId: $c, ', ''));
    const requests = (destination: string, segment: string): TestRequest[] => [
      ...withoutCustomer.map((text) => requestOf(text, '', destination, segment)),
      ...toolCalls('', destination, segment),
    ];
    const onlyHidden = hiddenIds.at(-1) ?? '';

    it.each([
      ['read before', Realm.start.bind(Realm)],
      ['never read', Realm.startUnread.bind(Realm)],
    ])('is to the letter one that is not there, if only the hidden one has it: %s', async (_, start) => {
      const storage = new StorageWatch();
      await using realm = await start([own, hidden], [caller]);
      for (const segment of ['1001', hidden.segmentIds[0] ?? '']) {
        const nowhere = requests(MISSING_DESTINATION, segment);
        for (const [index, request] of requests(onlyHidden, segment).entries()) {
          const there = await measure(realm, storage, request, caller.key);
          const missing = await measure(realm, storage, nowhere[index]!, caller.key);
          const text = JSON.stringify(there.response).replaceAll(onlyHidden, MISSING_DESTINATION);
          expect(text).toBe(JSON.stringify(missing.response));
          expect([there.work, missing.work]).toEqual(Array(2).fill({ statements: 0, calls: 0 }));
          const seen = JSON.stringify(await realm.send(request, OPERATOR.key));
          expect(seen.replaceAll(onlyHidden, MISSING_DESTINATION)).not.toBe(text);
        }
      }
    });

    it.each<[string, readonly Tenant[], RegExp]>([
      ['that of the one that the caller sees, if only one of those has it', [own], /"name":"/],
      ['a mistake that names none of the hidden, if two of those have it', [own, third], /BAD_USER_INPUT/],
    ])('is %s', async (_, seen, expected) => {
      const asking = callerWith(
        'asking',
        seen.map(({ id }) => id),
        ALL_PERMISSIONS,
      );
      await using whole = await Realm.start([...seen, hidden], [asking]);
      await using part = await Realm.start(seen, [asking]);
      const bodies: string[] = [];
      for (const request of requests('314', '1001')) {
        const response = await whole.send(request, asking.key);
        expect(response).toEqual(await part.send(request, asking.key));
        bodies.push(response.body);
      }
      expect(bodies.join('\n')).toMatch(expected);
    });
  });

  it('leaves no trace of its changes and lookups in the cursors, ids and evidence of others', async () => {
    const changes = post(`{ customer(id: "${own.id}") { destination(destinationId: "314") {
      idEvidence { counts { idType count } ambiguous unknown suggestion }
      changes(since: "2000-01-01T00:00:00Z") { totalCount edges { cursor node { id segmentId by } } }
    } } }`);
    const rename = async (realm: Realm, { id }: Tenant, name: string, by: TestCaller): Promise<unknown> =>
      realm.query(
        'mutation ($key: SegmentKey!, $name: String) { setSegment(key: $key, name: $name) { name } }',
        { key: { customerId: id, destinationId: '314', segmentId: '1001' }, name },
        by,
      );
    await using whole = await Realm.start([own, hidden], [caller]);
    await using part = await Realm.start([own], [caller]);
    for (const round of ['one', 'two', 'three']) {
      for (const name of ['a', 'b', 'c']) await rename(whole, hidden, `${round} ${name}`, OPERATOR);
      const sids = `customerId: "${hidden.id}", destinationId: "314", segmentIds: ["5001", "77"], idType: AUTO`;
      await whole.query(`{ segments(${sids}) { name } }`, {}, OPERATOR);
      for (const realm of [whole, part]) await rename(realm, own, round, caller);
      const response = await whole.send(changes, caller.key);
      expect(response.body).toContain('"by":"probing"');
      expect(response).toEqual(await part.send(changes, caller.key));
    }
  });

  it('answers otherwise to those who may see it, so the comparison above can fail', async () => {
    await using realm = await Realm.start([own, hidden], [caller]);
    for (const [aboutHidden, aboutNone] of pairs.slice(
      0,
      Object.values(PROBES).flat().length + toolCalls('any', '', '').length,
    )) {
      const there = JSON.stringify(await realm.send(aboutHidden, OPERATOR.key));
      const nowhere = JSON.stringify(await realm.send(aboutNone, OPERATOR.key));
      expect(there.replaceAll(hidden.id, MISSING_CUSTOMER)).not.toBe(nowhere);
    }
  });
});
