import { describe, expect, it } from 'vitest';
import { LookupSegmentsDocument } from '../generated/operations.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

const acme = () =>
  passwordCustomer(
    'acme',
    destination(314, 0, {
      mappings: [
        { mappingId: 14395, sid: 80920, alias: 'cart', name: 'Cart' },
        { mappingId: 80920, sid: 5, alias: 'shared', name: 'Other' },
        { mappingId: 3, sid: 6, alias: 'shared', name: 'Third' },
      ],
    }),
    destination(315, 1, { forbidden: true }),
  );
const globex = () => passwordCustomer('globex', destination(314, 1), destination(566, 1));

const customers = [
  {
    id: 'acme',
    destinations: [
      { id: 314, segmentIdType: 'AUTO' },
      { id: 315, segmentIdType: 'AUTO' },
    ],
  },
  {
    id: 'globex',
    destinations: [
      { id: 314, segmentIdType: 'AUTO' },
      { id: 566, segmentIdType: 'AUTO' },
    ],
  },
];

describe('looking up keys with all that was found out', () => {
  it('gives one result a key, in their order, and no errors', async () => {
    await using gateway = await TestGateway.start({ simulated: [acme(), globex()], customers });
    const keys = [
      { customerId: 'acme', destinationId: '314', segmentId: 'cart' },
      { customerId: 'acme', destinationId: '314', segmentId: '80920' },
      { customerId: 'acme', destinationId: '314', segmentId: '80920', idType: 'SID' as const },
      { customerId: 'acme', destinationId: '314', segmentId: 'shared', idType: 'ALIAS' as const },
      { customerId: 'acme', destinationId: '314', segmentId: '999999' },
      { customerId: 'acme', destinationId: '314', segmentId: '' },
      { customerId: 'acme', destinationId: '315', segmentId: '1001' },
      { customerId: 'nobody', destinationId: '314', segmentId: '1' },
      { destinationId: '566', segmentId: '5001' },
      { destinationId: '314', segmentId: '5001' },
      { destinationId: '999', segmentId: '5001' },
      { customerId: '', destinationId: '314', segmentId: '1' },
    ];
    const { data, errors } = await gateway.run(LookupSegmentsDocument, { keys });
    expect(errors).toBeUndefined();
    const results = data!.lookupSegments!;
    expect(results.map(({ destinationId, segmentId }) => [destinationId, segmentId])).toEqual(
      keys.map(({ destinationId, segmentId }) => [destinationId, segmentId]),
    );
    const nothing = { idType: null, segment: null, candidates: [] };
    const found = { status: 'FOUND', candidates: [], error: null };
    const failed = (code: string, message: RegExp | string): object => ({
      ...nothing,
      status: 'FAILED',
      error: {
        code,
        message: (typeof message === 'string' ? message : expect.stringMatching(message)) as string,
      },
    });
    expect(results).toMatchObject([
      { customerId: 'acme', ...found, idType: 'ALIAS', segment: { mappingId: '14395', label: 'Cart' } },
      {
        customerId: 'acme',
        status: 'AMBIGUOUS',
        idType: null,
        segment: null,
        candidates: [{ mappingId: '14395' }, { mappingId: '80920' }],
        error: null,
      },
      { customerId: 'acme', ...found, idType: 'SID', segment: { mappingId: '14395' } },
      { status: 'AMBIGUOUS', candidates: [{ label: 'Other' }, { label: 'Third' }] },
      { customerId: 'acme', ...nothing, status: 'UNKNOWN', error: null },
      { customerId: 'acme', ...failed('BAD_USER_INPUT', 'keys[5].segmentId is empty; give an ID.') },
      { customerId: 'acme', ...failed('AAM_FORBIDDEN', /315/) },
      { customerId: null, ...failed('NOT_FOUND', 'There is no destination 314 of a customer nobody.') },
      { customerId: 'globex', ...found, idType: 'SID', segment: { label: 'Segment 1' } },
      {
        customerId: null,
        ...failed('BAD_USER_INPUT', /several customers \(acme, globex\); give customerId/),
      },
      { customerId: null, ...failed('NOT_FOUND', 'There is no destination 999.') },
      { customerId: null, ...failed('BAD_USER_INPUT', 'keys[11].customerId is empty; give an ID.') },
    ]);
  });

  it('repeats no more of an ID that is too long than an ID may have', async () => {
    await using gateway = await TestGateway.start({ simulated: [acme(), globex()], customers });
    const long = `${'7'.repeat(999)}😀${'7'.repeat(500_000)}`;
    const keys = [
      { customerId: 'acme', destinationId: '314', segmentId: long },
      { customerId: 'acme', destinationId: long, segmentId: 'cart' },
      { customerId: 'acme', destinationId: '314', segmentId: 'cart' },
    ];
    const { data, errors } = await gateway.run(LookupSegmentsDocument, { keys });
    expect(errors).toBeUndefined();
    const results = data!.lookupSegments!;
    const repeated = `${'7'.repeat(999)}\ufffd`;
    expect(results.map(({ destinationId, segmentId }) => [destinationId, segmentId])).toEqual([
      ['314', repeated],
      [repeated, 'cart'],
      ['314', 'cart'],
    ]);
    expect(results.map(({ status, error }) => [status, error?.code])).toEqual([
      ['FAILED', 'BAD_USER_INPUT'],
      ['FAILED', 'BAD_USER_INPUT'],
      ['FOUND', undefined],
    ]);
  });

  it('says that an ID could not be checked while Audience Manager cannot be asked', async () => {
    await using gateway = await TestGateway.start({ simulated: [globex()], customers: customers.slice(1) });
    const ask = async (segmentId: string, more = ''): Promise<unknown> =>
      (
        await gateway.query(
          `{ lookupSegments(keys: [{ destinationId: "566", segmentId: "${segmentId}" }]) { status }
             destination(destinationId: "566") { sync { status lastError { code } } } ${more} }`,
        )
      ).data;
    expect(await ask('5001')).toEqual({
      lookupSegments: [{ status: 'FOUND' }],
      destination: { sync: { status: 'FRESH', lastError: null } },
    });
    gateway.clock.advance(61_000);
    gateway.simulator.destination('globex', 566).forbidden = true;
    // The sync state is the one after the lookup, although it stands beside it.
    expect(await ask('77')).toEqual({
      lookupSegments: [{ status: 'UNCHECKED' }],
      destination: { sync: { status: 'FAILING', lastError: { code: 'AAM_FORBIDDEN' } } },
    });
  });

  it('does not repeat a failure that is over', async () => {
    await using gateway = await TestGateway.start({ simulated: [globex()], customers: customers.slice(1) });
    gateway.simulator.destination('globex', 566).forbidden = true;
    const ask = async (): Promise<unknown> => {
      const keys = [{ destinationId: '566', segmentId: '5001' }];
      const { data } = await gateway.run(LookupSegmentsDocument, { keys });
      return data?.lookupSegments?.[0]?.status;
    };
    for (let time = 0; time < 3; time++) expect(await ask()).toBe('FAILED');
    delete gateway.simulator.destination('globex', 566).forbidden;
    await gateway.query('mutation { refreshDestination(destinationId: "566") { id } }');
    for (let time = 0; time < 3; time++) expect(await ask()).toBe('FOUND');
  });

  it('looks the keys up as they were at a time', async () => {
    await using gateway = await TestGateway.start({ simulated: [globex()], customers: customers.slice(1) });
    const keys = [{ destinationId: '566', segmentId: '5001' }];
    await gateway.run(LookupSegmentsDocument, { keys });
    const ask = async (at: number): Promise<unknown> => {
      const { data } = await gateway.run(LookupSegmentsDocument, { keys, at: new Date(at).toISOString() });
      return data?.lookupSegments?.[0];
    };
    expect(await ask(gateway.clock.now() - 60_000)).toMatchObject({ status: 'UNKNOWN', segment: null });
    expect(await ask(gateway.clock.now())).toMatchObject({
      status: 'FOUND',
      segment: { label: 'Segment 1' },
    });
  });

  it('fails for the keys beyond what a response has room for, where many segments share an alias', async () => {
    const shared = passwordCustomer(
      'globex',
      destination(566, 0, {
        mappings: Array.from({ length: 150 }, (_, index) => ({
          mappingId: index + 1,
          sid: index,
          alias: 'all',
        })),
      }),
    );
    await using gateway = await TestGateway.start({ simulated: [shared] });
    const key = { destinationId: '566', segmentId: 'all', idType: 'ALIAS' as const };
    const { data } = await gateway.run(LookupSegmentsDocument, { keys: [key, key, key] });
    expect(
      data?.lookupSegments?.map(({ status, candidates, error }) => [status, candidates.length, error?.code]),
    ).toEqual([
      ['AMBIGUOUS', 100, undefined],
      ['FAILED', 0, 'QUERY_TOO_COMPLEX'],
      ['FAILED', 0, 'QUERY_TOO_COMPLEX'],
    ]);
  });
});

describe('an ambiguous ID', () => {
  it('is null with an error that says what it is and what helps, and spoils no other', async () => {
    await using gateway = await TestGateway.start({ simulated: [acme()], customers: customers.slice(0, 1) });
    const { data, errors } = await gateway.query(`{
      segments(destinationId: "314", segmentIds: ["cart", "80920"]) { label }
      segment(destinationId: "314", segmentId: "shared", idType: ALIAS) { label }
    }`);
    expect(data).toEqual({ segments: [{ label: 'Cart' }, null], segment: null });
    expect(errors).toMatchObject([
      {
        path: ['segment'],
        message:
          'Destination 314 of customer acme: The ID "shared" stands for several segments: as ALIAS, mapping 80920 "Other"; as ALIAS, mapping 3 "Third". Look it up by another identifier, with idType, or have each segment given an identifier of its own.',
        extensions: { code: 'AMBIGUOUS_ID' },
      },
      {
        path: ['segments', 1],
        message:
          'Destination 314 of customer acme: The ID "80920" stands for several segments: as SID, mapping 14395 "Cart"; as MAPPING_ID, mapping 80920 "Other". Configure what the IDs of this destination are (segmentIdType: SID or MAPPING_ID), or pass idType.',
        extensions: { code: 'AMBIGUOUS_ID' },
      },
    ]);
  });
});
