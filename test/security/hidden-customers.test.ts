import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { MISSING_CUSTOMER, TENANTS } from './callers.js';
import { exportPath, get, post } from './random-requests.js';
import { OPERATOR, Realm, type TestRequest } from './realm.js';
import { ALL_PERMISSIONS, callerWith, type Tenant } from './tenants.js';
import { StorageWatch, measure } from './work.js';

/** The ways to ask for one customer, by the field of the schema; `$c`, `$d` and `$s` are what is asked for. */
const PROBES: Readonly<Record<string, readonly string[]>> = {
  customer: [
    '{ customer(id: $c) { id name destinations { id } } }',
    '{ customer(id: $c) { destination(id: $d) { name } } }',
  ],
  customers: ['{ customers(search: $c) { totalCount nodes { id } } }'],
  destination: [
    '{ destination(customerId: $c, id: $d) { name sync { segmentCount } segments { totalCount } } }',
  ],
  segment: [
    '{ segment(customerId: $c, destinationId: $d, id: $s) { name } }',
    '{ segment(customerId: $c, destinationId: $d, id: $s, idType: SID, at: "2026-01-16T00:00:00Z") { name } }',
  ],
  segments: ['{ segments(customerId: $c, destinationId: $d, ids: [$s, "1001"]) { name } }'],
  segmentsByKey: [
    '{ segmentsByKey(keys: [{ customerId: $c, destinationId: $d, id: $s }, { customerId: $c, destinationId: $d, id: "" }]) { name } }',
  ],
  searchSegments: [
    '{ searchSegments(text: "", customerId: $c) { totalCount } }',
    '{ searchSegments(text: "", customerId: $c, destinationId: $d) { totalCount } }',
  ],
  refreshDestination: ['mutation { refreshDestination(customerId: $c, id: $d) { id } }'],
  importSegments: [
    'mutation { importSegments(customerId: $c, destinationId: $d, csv: "id,name\\n1001,Name\\n") { created } }',
    'mutation { importSegments(customerId: $c, destinationId: $d, csv: "no file", dryRun: true) { created } }',
  ],
  setSegment: [
    'mutation { setSegment(key: { customerId: $c, destinationId: $d, id: $s }, name: "Name") { id } }',
    'mutation { setSegment(key: { customerId: $c, destinationId: $d, id: $s }) { id } }',
  ],
  unsetSegment: ['mutation { unsetSegment(key: { customerId: $c, destinationId: $d, id: $s }) { id } }'],
};

describe('a customer that the caller may not see', () => {
  const [own, hidden] = TENANTS as [Tenant, Tenant];
  const hiddenIds = hidden.configured.destinations?.map(({ id }) => String(id)) ?? [];
  const caller = callerWith('probing', [own.id], ALL_PERMISSIONS);

  /** The same requests about one customer or another, for a destination and a segment. */
  function requestsAbout(customer: string, destination: string, segment: string): TestRequest[] {
    const texts = Object.values(PROBES).flat();
    return [
      ...texts.map((text) =>
        post(
          text
            .replaceAll('$c', JSON.stringify(customer))
            .replaceAll('$d', JSON.stringify(destination))
            .replaceAll('$s', JSON.stringify(segment)),
        ),
      ),
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
  ])('answers to the letter as one that is not there, and nothing is done for it: %s', async (_, start) => {
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
  });

  it('answers otherwise to those who may see it, so the comparison above can fail', async () => {
    await using realm = await Realm.start([own, hidden], [caller]);
    for (const [aboutHidden, aboutNone] of pairs.slice(0, Object.values(PROBES).flat().length)) {
      const there = JSON.stringify(await realm.send(aboutHidden, OPERATOR.key));
      const nowhere = JSON.stringify(await realm.send(aboutNone, OPERATOR.key));
      expect(there.replaceAll(hidden.id, MISSING_CUSTOMER)).not.toBe(nowhere);
    }
  });
});
