import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import type { SimulatorMapping } from '../../src/simulator/index.js';
import {
  DestinationChangesDocument,
  ImportSegmentsDocument,
  RefreshDestinationDocument,
  SearchSegmentsDocument,
  SegmentDocument,
  SegmentHistoryDocument,
  SegmentsAtDocument,
  SetSegmentDocument,
  UnsetSegmentDocument,
  type ImportSegmentsMutationVariables,
  type SegmentIdType,
  type SetSegmentMutationVariables,
} from '../generated/operations.js';
import { TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { HOUR } from '../support/directory.js';
import { TestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { postQuery } from '../support/graphql-request.js';
import { begun } from '../support/waiting.js';

const AT = { customerId: 'acme', destinationId: '314' };
const NEVER_RETRY = { audienceManager: { retries: 0 } };
const first: SimulatorMapping = { mappingId: 1, sid: 11, name: 'Alpha', description: 'a' };

async function start(
  mappings: SimulatorMapping[] = [first],
  options: Omit<TestGatewayOptions, 'simulated'> = {},
): Promise<TestGateway> {
  return await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
    ...options,
    config: { freshness: { refreshEvery: 0 }, ...NEVER_RETRY, ...options.config },
  });
}

const WITHOUT_ACCESS = {
  customers: [{ id: 'acme', credentials: null, destinations: [{ id: 314 }] }],
} satisfies Omit<TestGatewayOptions, 'simulated'>;

type Fields = Omit<SetSegmentMutationVariables, 'key'>;

async function set(gateway: TestGateway, segmentId: string, fields: Fields, idType?: SegmentIdType) {
  const key = { ...AT, segmentId, ...(idType === undefined ? {} : { idType }) };
  const { data, errors } = await gateway.run(SetSegmentDocument, { key, ...fields });
  expect(errors).toBeUndefined();
  return data!.setSegment!;
}

async function unset(gateway: TestGateway, segmentId: string, idType?: SegmentIdType) {
  const key = { ...AT, segmentId, ...(idType === undefined ? {} : { idType }) };
  const { data, errors } = await gateway.run(UnsetSegmentDocument, { key });
  expect(errors).toBeUndefined();
  return data!.unsetSegment;
}

async function look(gateway: TestGateway, segmentId: string, idType?: SegmentIdType) {
  const variables = { ...AT, segmentId, ...(idType === undefined ? {} : { idType }) };
  const { data, errors } = await gateway.run(SegmentDocument, variables);
  expect(errors).toBeUndefined();
  return data!.segment ?? null;
}

async function listed(gateway: TestGateway, mappings: SimulatorMapping[]): Promise<void> {
  gateway.clock.advance(HOUR);
  gateway.simulator.destination('acme', 314).mappings = mappings;
  const answer = await gateway.run(RefreshDestinationDocument, AT);
  expect(answer.errors).toBeUndefined();
}

async function history(gateway: TestGateway, segmentId: string, idType?: SegmentIdType) {
  const variables = { ...AT, segmentId, ...(idType === undefined ? {} : { idType }) };
  const { data } = await gateway.run(SegmentHistoryDocument, variables);
  return (data?.segment?.history?.nodes ?? []).map(({ kind, name, source, by }) => [
    kind,
    name,
    source,
    by ?? null,
  ]);
}

async function importCsv(
  gateway: TestGateway,
  csv: string,
  more: Partial<ImportSegmentsMutationVariables> = {},
) {
  const { data, errors } = await gateway.run(ImportSegmentsDocument, { ...AT, csv, ...more });
  expect(errors).toBeUndefined();
  return data!.importSegments!;
}

/** Everything that ever happened, and all there is. */
async function everything(gateway: TestGateway): Promise<unknown> {
  const csv = await exported(gateway);
  const { data } = await gateway.run(DestinationChangesDocument, {
    ...AT,
    since: new Date(0).toISOString(),
    first: 1000,
  });
  return { changes: data?.destination?.changes?.nodes, csv };
}

async function exported(gateway: TestGateway): Promise<string> {
  const response = await fetch(`${gateway.gateway.url}/export/acme/314.csv`);
  expect(response.status).toBe(200);
  return await response.text();
}

describe('a name given by hand', () => {
  it("wins over Audience Manager's, through its renames, until it is taken away", async () => {
    await using gateway = await start();
    const at = new Date(gateway.clock.now()).toISOString();
    expect(await set(gateway, '1', { name: 'Mine' })).toMatchObject({
      mappingId: '1',
      sid: '11',
      name: 'Mine',
      label: 'Mine',
      description: 'a',
      status: 'ACTIVE',
      source: 'MANUAL',
      asOf: at,
      stale: false,
    });
    await listed(gateway, [{ ...first, name: 'Beta' }]);
    expect(await look(gateway, '1')).toMatchObject({ name: 'Mine', source: 'MANUAL', asOf: at });
    expect(await unset(gateway, '1')).toMatchObject({
      name: 'Beta',
      source: 'AUDIENCE_MANAGER',
      asOf: new Date(gateway.clock.now()).toISOString(),
    });
    expect(await history(gateway, '1')).toEqual([
      ['RENAMED', 'Beta', 'AUDIENCE_MANAGER', 'anyone'],
      ['RENAMED', 'Mine', 'MANUAL', 'anyone'],
      ['CREATED', 'Alpha', 'AUDIENCE_MANAGER', null],
    ]);
  });

  it('stays when Audience Manager removes the segment underneath, and when it comes back', async () => {
    await using gateway = await start();
    await set(gateway, '1', { name: 'Mine' });
    await listed(gateway, []);
    expect(await look(gateway, '1')).toMatchObject({ name: 'Mine', status: 'DELETED', source: 'MANUAL' });
    await listed(gateway, [{ ...first, name: 'Beta' }]);
    expect(await look(gateway, '1')).toMatchObject({ name: 'Mine', status: 'ACTIVE' });
    expect((await history(gateway, '1')).map(([kind]) => kind)).toEqual([
      'RESTORED',
      'REMOVED',
      'RENAMED',
      'CREATED',
    ]);
    await listed(gateway, []);
    expect(await unset(gateway, '1')).toMatchObject({
      name: 'Beta',
      status: 'DELETED',
      source: 'AUDIENCE_MANAGER',
    });
  });

  it('completes what Audience Manager leaves open, field by field', async () => {
    await using gateway = await start();
    expect(await set(gateway, '1', { description: 'mine' })).toMatchObject({
      name: 'Alpha',
      description: 'mine',
      source: 'MANUAL',
    });
    expect(await set(gateway, '1', { status: 'INACTIVE' })).toMatchObject({
      name: 'Alpha',
      description: 'mine',
      status: 'INACTIVE',
    });
    await listed(gateway, [{ ...first, name: 'Beta', description: 'b' }]);
    expect(await look(gateway, '1')).toMatchObject({
      name: 'Beta',
      description: 'mine',
      status: 'INACTIVE',
    });
    expect(await unset(gateway, '1')).toMatchObject({ name: 'Beta', description: 'b', status: 'ACTIVE' });
  });

  it('leaves a field that is left out as it is, and takes away one that is null', async () => {
    await using gateway = await start();
    await set(gateway, '1', { name: 'Mine', description: 'mine' });
    expect(await set(gateway, '1', { name: null, status: 'INACTIVE' })).toMatchObject({
      name: 'Alpha',
      description: 'mine',
      status: 'INACTIVE',
      source: 'MANUAL',
    });
    expect(await set(gateway, '1', { status: null })).toMatchObject({
      name: 'Alpha',
      description: 'mine',
      status: 'ACTIVE',
    });
  });

  it('is what the later fields of the same document see', async () => {
    await using gateway = await start();
    const key = 'key: { destinationId: "314", segmentId: "1" }';
    const seen = 'name destination { segment(segmentId: "1") { name } }';
    const { data, errors } = await gateway.query(`mutation {
      a: setSegment(${key}, name: "One") { ${seen} }
      b: setSegment(${key}, name: "Two") { ${seen} }
      c: unsetSegment(${key}) { ${seen} }
    }`);
    expect(errors).toBeUndefined();
    const of = (name: string): object => ({ name, destination: { segment: { name } } });
    expect(data).toEqual({ a: of('One'), b: of('Two'), c: of('Alpha') });
  });

  it('holds also where it is what Audience Manager says at the time', async () => {
    await using gateway = await start();
    expect(await set(gateway, '1', { name: 'Alpha' })).toMatchObject({ name: 'Alpha', source: 'MANUAL' });
    expect((await history(gateway, '1'))[0]).toEqual(['RENAMED', 'Alpha', 'MANUAL', 'anyone']);
    const before = await everything(gateway);
    await set(gateway, '1', { name: 'Alpha' });
    expect(await everything(gateway)).toEqual(before);
    await listed(gateway, [{ ...first, name: 'Beta' }]);
    expect(await look(gateway, '1')).toMatchObject({ name: 'Alpha' });
  });

  it('makes a segment that Audience Manager does not have; taken away it is DELETED, given again RESTORED', async () => {
    await using gateway = await start();
    expect(await set(gateway, '7', { name: 'Seven', description: 'd' })).toMatchObject({
      mappingId: '7',
      sid: null,
      status: 'ACTIVE',
      source: 'MANUAL',
      stale: false,
    });
    expect(await unset(gateway, '7')).toMatchObject({ name: 'Seven', status: 'DELETED', source: 'MANUAL' });
    expect(await unset(gateway, '7')).toMatchObject({ name: 'Seven', status: 'DELETED' });
    await listed(gateway, [first]);
    expect(await look(gateway, '7')).toMatchObject({ name: 'Seven', status: 'DELETED' });
    expect(await set(gateway, '7', { name: 'Seven' })).toMatchObject({
      name: 'Seven',
      description: 'd',
      status: 'ACTIVE',
    });
    expect(await history(gateway, '7')).toEqual([
      ['RESTORED', 'Seven', 'MANUAL', 'anyone'],
      ['REMOVED', 'Seven', 'MANUAL', 'anyone'],
      ['CREATED', 'Seven', 'MANUAL', 'anyone'],
    ]);
  });

  it('is null for a segment that is not there to take away from', async () => {
    await using gateway = await start();
    expect(await unset(gateway, '99')).toBeNull();
    const before = await everything(gateway);
    expect(await unset(gateway, '1')).toMatchObject({ name: 'Alpha', source: 'AUDIENCE_MANAGER' });
    expect(await everything(gateway)).toEqual(before);
  });

  it.each([
    ['SID', '80920', { mappingId: 14395, sid: 80920, name: 'Theirs', description: 'd' }],
    ['ALIAS', 'cart', { mappingId: 14395, sid: 5, alias: 'cart', name: 'Theirs', description: 'd' }],
    ['MAPPING_ID', '14395', { mappingId: 14395, sid: 5, name: 'Theirs', description: 'd' }],
  ] as const)('by %s goes over the mapping it means once that is listed', async (idType, id, mapping) => {
    await using gateway = await start();
    await set(gateway, id, { name: 'Mine' }, idType);
    const known = new Date(gateway.clock.now()).toISOString();
    await listed(gateway, [first, mapping]);
    expect(await look(gateway, id, idType)).toMatchObject({
      mappingId: '14395',
      name: 'Mine',
      description: 'd',
      source: 'MANUAL',
    });
    expect((await exported(gateway)).trim().split('\r\n')).toHaveLength(3);
    expect(await history(gateway, id, idType)).toEqual([
      ['DESCRIBED', 'Mine', 'MANUAL', null],
      ['CREATED', 'Mine', 'MANUAL', 'anyone'],
    ]);
    const { data } = await gateway.run(SegmentsAtDocument, { ...AT, segmentIds: [id], idType, at: known });
    expect(data?.segments?.[0]).toMatchObject({ name: 'Mine', description: null });
    expect(await unset(gateway, id, idType)).toMatchObject({ mappingId: '14395', name: 'Theirs' });
  });

  it('by one kind of identifier is never taken for a segment that has the same number as another', async () => {
    await using gateway = await start();
    await set(gateway, '5', { name: 'Sid five' }, 'SID');
    const bySid = await gateway.query(
      '{ segment(destinationId: "314", segmentId: "5", idType: SID) { id mappingId sid } }',
    );
    expect(bySid.data).toMatchObject({ segment: { mappingId: null, sid: '5' } });
    const { id } = bySid.data?.['segment'] as { id: string };
    const nodeName = async (): Promise<unknown> => {
      const query = 'query ($id: ID!) { node(id: $id) { ... on Segment { name } } }';
      return ((await gateway.query(query, { id })).data?.['node'] as { name: string } | null)?.name;
    };
    expect(await look(gateway, '5', 'MAPPING_ID')).toBeNull();
    await set(gateway, '5', { name: 'Mapping five' }, 'MAPPING_ID');
    const names = async () => [
      (await look(gateway, '5', 'SID'))?.name,
      (await look(gateway, '5', 'MAPPING_ID'))?.name,
      await nodeName(),
    ];
    expect(await names()).toEqual(['Sid five', 'Mapping five', 'Sid five']);
    await listed(gateway, [first, { mappingId: 5, sid: 50, name: 'Their mapping five' }]);
    expect(await names()).toEqual(['Sid five', 'Mapping five', 'Sid five']);
    await unset(gateway, '5', 'MAPPING_ID');
    expect(await names()).toEqual(['Sid five', 'Their mapping five', 'Sid five']);
  });

  it('by two identifiers of one segment becomes one, of each field the newer word', async () => {
    await using gateway = await start();
    await set(gateway, '9', { name: 'By mapping', description: 'old' }, 'MAPPING_ID');
    gateway.clock.advance(1);
    await set(gateway, '90', { name: 'By sid' }, 'SID');
    await listed(gateway, [first, { mappingId: 9, sid: 90, name: 'Theirs' }]);
    expect(await look(gateway, '9')).toMatchObject({ sid: '90', name: 'By sid', description: 'old' });
    expect(await unset(gateway, '9')).toMatchObject({ name: 'Theirs', description: null });
  });

  it('is found by search at once', async () => {
    await using gateway = await start();
    await set(gateway, '1', { name: 'Übergrößen' });
    await set(gateway, '8', { name: 'Übermorgen' }, 'SID');
    const { data } = await gateway.run(SearchSegmentsDocument, { text: 'uber' });
    expect(data?.searchSegments?.nodes.map(({ label }) => label)).toEqual(['Übergrößen', 'Übermorgen']);
    const old = await gateway.run(SearchSegmentsDocument, { text: 'alpha' });
    expect(old.data?.searchSegments?.totalCount).toBe(0);
  });

  it('is not lost when two are given at the same time', async () => {
    await using gateway = await start();
    await look(gateway, '1');
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => set(gateway, String(100 + index), { name: `N${index}` })),
    );
    const { data } = await gateway.run(SearchSegmentsDocument, { text: '' });
    expect(data?.searchSegments?.totalCount).toBe(9);
    for (let index = 0; index < 8; index++) {
      expect((await look(gateway, String(100 + index)))?.name).toBe(`N${index}`);
    }
  });

  it('and the listing that is under way lose nothing of each other', async () => {
    await using gateway = await start();
    await look(gateway, '1');
    gateway.simulator.destination('acme', 314).mappings = [
      { ...first, name: 'Beta' },
      { mappingId: 2, name: 'New' },
    ];
    let open = (): void => undefined;
    const until = new Promise<void>((resolve) => (open = resolve));
    gateway.simulator.fault({ endpoint: 'mappings', action: { kind: 'hold', until } });
    const arrival = gateway.simulator.nextCall({ endpoint: 'mappings' });
    const refreshing = begun(gateway.run(RefreshDestinationDocument, AT));
    await arrival;
    const outcome = await importCsv(gateway, 'id,name\n1,Mine\n3,Three\n');
    expect(outcome).toMatchObject({ applied: true, created: 1, renamed: 1 });
    open();
    expect((await refreshing).errors).toBeUndefined();
    expect(await look(gateway, '1')).toMatchObject({ name: 'Mine' });
    expect(await look(gateway, '2')).toMatchObject({ name: 'New' });
    expect(await look(gateway, '3')).toMatchObject({ name: 'Three' });
    expect(await unset(gateway, '1')).toMatchObject({ name: 'Beta' });
  });

  it('is answered although Audience Manager was never read and is down', async () => {
    await using gateway = await start();
    gateway.simulator.fault({ action: { kind: 'status', status: 503 } });
    expect(await set(gateway, '11', { name: 'Mine' }, 'SID')).toMatchObject({ name: 'Mine', stale: false });
    expect(await importCsv(gateway, 'id,name\n1,One\n')).toMatchObject({ applied: true, created: 1 });
    expect(await look(gateway, '1')).toMatchObject({ name: 'One' });
    expect(await look(gateway, '11', 'SID')).toMatchObject({ name: 'Mine' });
    const { data } = await gateway.run(SearchSegmentsDocument, { text: 'mine' });
    expect(data?.searchSegments?.totalCount).toBe(1);
    gateway.simulator.clearFaults();
    gateway.clock.advance(HOUR);
    expect(await look(gateway, '1')).not.toBeNull();
    await listed(gateway, [first]);
    expect(await look(gateway, '1')).toMatchObject({ sid: '11', name: 'Mine', description: 'a' });
  });

  it.each([
    ['nothing', {}, 'Give at least one of name, description and status'],
    ['an empty name', { name: '' }, 'give null to take away'],
    ['a blank name', { name: '  ' }, 'give null to take away'],
    ['a name that nobody can see', { name: '\u200b\u00a0' }, 'give null to take away'],
    ['a name of 1,001 characters', { name: 'é'.repeat(1001) }, '1001 characters'],
    ['a description of 10,001 characters', { description: 'x'.repeat(10_001) }, '10001 characters'],
    ['a name that holds NUL', { name: 'a\0b' }, 'control character'],
    ['a description with an escape sequence', { description: '\u001b[31mred' }, 'control character'],
  ])('is refused where it is %s', async (_, fields, words) => {
    await using gateway = await start();
    const { errors } = await gateway.run(SetSegmentDocument, { key: { ...AT, segmentId: '1' }, ...fields });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toContain(words);
  });

  it('may be 1,000 characters long, however many code units these are', async () => {
    await using gateway = await start();
    const name = '👟'.repeat(1000);
    expect(await set(gateway, '1', { name })).toMatchObject({ name });
  });

  it.each([
    [{ customerId: 'nobody', destinationId: '314', segmentId: '1' }, 'NOT_FOUND'],
    [{ customerId: 'acme', destinationId: '999', segmentId: '1' }, 'NOT_FOUND'],
    [{ customerId: 'acme', destinationId: '314', segmentId: '' }, 'BAD_USER_INPUT'],
    [{ customerId: 'acme', destinationId: '314', segmentId: 'a\nb' }, 'BAD_USER_INPUT'],
  ])('is refused for %j with %s', async (key, code) => {
    await using gateway = await start();
    const setting = await gateway.run(SetSegmentDocument, { key, name: 'x' });
    const unsetting = await gateway.run(UnsetSegmentDocument, { key });
    expect(setting.errors?.[0]?.extensions.code).toBe(code);
    expect(unsetting.errors?.[0]?.extensions.code).toBe(code);
  });

  it('is there again after a restart, with its history', async () => {
    await using folder = await TemporaryFolder.create();
    const yaml = 'listen: { port: 0 }\ncustomers: [{ id: acme, destinations: [{ id: 314 }] }]\n';
    const config = parseConfig(yaml, { file: `${folder.path}/gateway.yaml`, env: {} });
    const ask = async (query: string): Promise<unknown> => {
      const gateway = await Gateway.start(config, { logLevel: 'silent' });
      try {
        return await postQuery(`${gateway.url}/graphql`, query);
      } finally {
        await gateway.stop();
      }
    };
    const key = '{ customerId: "acme", destinationId: "314", segmentId: "5", idType: SID }';
    await ask(`mutation { setSegment(key: ${key}, name: "Five") { id } }`);
    await ask(`mutation { unsetSegment(key: ${key}) { id } }`);
    await ask(`mutation { setSegment(key: ${key}, description: "d") { id } }`);
    const answer =
      await ask(`{ segment(customerId: "acme", destinationId: "314", segmentId: "5", idType: SID) {
      name description status source history { nodes { kind by } } } }`);
    const by = 'anyone';
    expect(answer).toEqual({
      data: {
        segment: {
          name: 'Five',
          description: 'd',
          status: 'ACTIVE',
          source: 'MANUAL',
          history: {
            nodes: [
              { kind: 'DESCRIBED', by },
              { kind: 'RESTORED', by },
              { kind: 'REMOVED', by },
              { kind: 'CREATED', by },
            ],
          },
        },
      },
    });
  });
});

describe('a file that a customer mails', () => {
  it('is counted as created, renamed, updated, unchanged; a dry run writes nothing', async () => {
    await using gateway = await start([
      first,
      { mappingId: 2, name: 'Two' },
      { mappingId: 3, name: 'Three' },
    ]);
    const csv = 'id;name;description\r\n1;Eins;\r\n2;Two;zwei\r\n3;Three;\r\n4;Vier;\r\n';
    const counts = {
      created: 1,
      renamed: 1,
      updated: 1,
      unchanged: 1,
      removed: 0,
      rejected: 0,
      mistakes: [],
    };
    const before = await everything(gateway);
    expect(await importCsv(gateway, csv, { dryRun: true })).toEqual({ applied: false, ...counts });
    expect(await everything(gateway)).toEqual(before);
    expect(await importCsv(gateway, csv)).toEqual({ applied: true, ...counts });
    expect(await look(gateway, '1')).toMatchObject({ name: 'Eins', source: 'MANUAL' });
    expect(await look(gateway, '3')).toMatchObject({ source: 'AUDIENCE_MANAGER' });
    expect(await importCsv(gateway, csv)).toMatchObject({ unchanged: 4, created: 0, renamed: 0, updated: 0 });
  });

  it('is merged with what was given before, or replaces it', async () => {
    await using gateway = await start();
    await importCsv(gateway, 'id,name,description\n1,Mine,\n7,Seven,d\n8,Eight,\n');
    expect(await importCsv(gateway, 'id,name\n8,Acht\n')).toMatchObject({ renamed: 1, removed: 0 });
    expect(await look(gateway, '1')).toMatchObject({ name: 'Mine' });
    const outcome = await importCsv(gateway, 'id,name\n7,Seven\n', { mode: 'REPLACE' });
    expect(outcome).toMatchObject({ updated: 1, removed: 2 });
    expect(await look(gateway, '1')).toMatchObject({ name: 'Alpha', source: 'AUDIENCE_MANAGER' });
    expect(await look(gateway, '7')).toMatchObject({ name: 'Seven', description: null, status: 'ACTIVE' });
    expect(await look(gateway, '8')).toMatchObject({ name: 'Acht', status: 'DELETED' });
    expect(await importCsv(gateway, 'id,name\n8,Acht\n')).toMatchObject({ updated: 1 });
    expect(await look(gateway, '8')).toMatchObject({ status: 'ACTIVE' });
    expect((await history(gateway, '8')).map(([kind]) => kind)).toEqual([
      'RESTORED',
      'REMOVED',
      'RENAMED',
      'CREATED',
    ]);
  });

  it('does not hold back what Audience Manager changes in fields that it only repeats', async () => {
    await using gateway = await start();
    await importCsv(gateway, 'id,name,description,status\n1,Alpha,mine,active\n');
    await listed(gateway, [{ ...first, name: 'Beta', status: 'inactive' }]);
    expect(await look(gateway, '1')).toMatchObject({ name: 'Beta', description: 'mine', status: 'INACTIVE' });
  });

  it('with a bad row changes nothing, unless told to skip it; each row is counted once', async () => {
    await using gateway = await start();
    const tooLong = `${'x'.repeat(1001)},${'y'.repeat(10_001)}`;
    const bad = `id,name,description\n1,Mine,\n,No ID,\n3,${tooLong}\n1,Again,\n`;
    const before = await everything(gateway);
    const refused = await importCsv(gateway, bad);
    expect(refused).toMatchObject({ applied: false, rejected: 3 });
    expect(refused.mistakes.map(({ line }) => line)).toEqual([3, 4, 4, 5]);
    for (const { reason } of refused.mistakes) expect(reason).not.toBe('');
    expect(await everything(gateway)).toEqual(before);
    expect(await importCsv(gateway, bad, { skipBad: true })).toMatchObject({ applied: true, rejected: 3 });
    expect(await look(gateway, '1')).toMatchObject({ name: 'Mine' });
  });

  it.each([
    ['a web page', '<!doctype html><html></html>', /HTML.*CSV/s],
    ['a spreadsheet', 'PK\u0003\u0004abc', /spreadsheet.*CSV/s],
    ['JSON', '[{"id":1}]', /JSON.*CSV/s],
    ['nothing', '', /empty/],
    ['a header alone', 'id,name\n', /no segments/],
    ['a column missing', 'foo,name\n1,x\n', /Line 1:.*Known column names:/s],
    ['a quote that is never closed', 'id,name\n1,"x\n2,y\n', /Line 2:.*never closed/s],
  ])('is refused with line and remedy where it is %s', async (_, csv, words) => {
    await using gateway = await start();
    const { data, errors } = await gateway.run(ImportSegmentsDocument, { ...AT, csv });
    expect(data).toEqual({ importSegments: null });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toMatch(words);
  });

  it('that is too large for a request is referred to the command', async () => {
    await using gateway = await start();
    const { status, body } = await gateway.post({ query: '{ x }', csv: 'x'.repeat(1024 * 1024) });
    expect(status).toBe(413);
    expect(body).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('aam-gateway import') as string,
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  it('is refused for a customer or destination that is not there', async () => {
    await using gateway = await start();
    for (const place of [{ customerId: 'nobody' }, { destinationId: '999' }]) {
      const { errors } = await gateway.run(ImportSegmentsDocument, { ...AT, ...place, csv: 'id,name\n1,x' });
      expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    }
  });
});

const NASTY: SimulatorMapping[] = [
  { mappingId: 1, sid: 11, name: '=HYPERLINK("x")', description: '+1' },
  { mappingId: 2, sid: 12, name: 'a "quoted", name;', description: 'line\r\nbreak\n' },
  { mappingId: 3, sid: 13, name: null, description: null, alias: '@alias' },
  { mappingId: 4, sid: 14, name: "'-5", description: ' spaces ', status: 'inactive' },
  { mappingId: 5, sid: 14, name: 'deleted', status: 'deleted' },
];

describe('an export that is imported again', () => {
  it.each([
    ['of Audience Manager alone', NASTY, false],
    ['by hand alone', [], true],
    ['of both', NASTY, true],
  ])('changes nothing: names %s', async (_, mappings, byHand) => {
    await using gateway = await start(mappings, mappings.length === 0 ? WITHOUT_ACCESS : {});
    if (byHand) {
      await set(gateway, '1', { name: '=1+1' });
      await set(gateway, '2', { description: 'a\n"b"' });
      await set(gateway, '12', { status: 'DELETED' }, 'SID');
      await set(gateway, '70', { name: "'=x" }, 'SID');
      await set(gateway, '=71', { name: 'by alias' }, 'ALIAS');
      await set(gateway, '72', { name: 'gone' });
      await unset(gateway, '72');
      await set(gateway, '73', { status: 'UNKNOWN' });
    }
    const csv = await exported(gateway);
    const before = await everything(gateway);
    gateway.clock.advance(HOUR / 2);
    for (const mode of ['MERGE', 'REPLACE'] as const) {
      const outcome = await importCsv(gateway, csv, { mode });
      expect(outcome).toMatchObject({ applied: true, created: 0, renamed: 0, updated: 0, removed: 0 });
      expect(outcome.unchanged).toBeGreaterThan(0);
      expect(await everything(gateway)).toEqual(before);
    }
  });

  it('brings names given by any identifier to another gateway', async () => {
    await using one = await start([], WITHOUT_ACCESS);
    await set(one, '1', { name: 'One' });
    await set(one, '2', { name: 'Two' }, 'SID');
    await set(one, 'three', { name: 'Three' }, 'ALIAS');
    await using other = await start([{ mappingId: 9, sid: 2, name: 'Theirs' }]);
    expect(await importCsv(other, await exported(one))).toMatchObject({ created: 2, renamed: 1 });
    expect(await look(other, '2', 'SID')).toMatchObject({ mappingId: '9', name: 'Two' });
    expect(await look(other, 'three', 'ALIAS')).toMatchObject({ name: 'Three' });
  });
});

describe('GET /export', () => {
  it('streams CSV and NDJSON as files', async () => {
    await using gateway = await start(NASTY);
    const csv = await fetch(`${gateway.gateway.url}/export/acme/314.csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment;.*acme-314\.csv/);
    const text = await csv.text();
    expect(text.split('\r\n')[0]).toBe(
      'destinationMappingId,sid,alias,value,url,secureUrl,isTrait,name,description,status,source,startDate,endDate,asOf,customerId,destinationId',
    );
    expect(text).toContain(`"'=HYPERLINK(""x"")"`);
    const ndjson = await fetch(`${gateway.gateway.url}/export/acme/314.ndjson`);
    expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
    const rows = (await ndjson.text()).trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { id: string }).id).toSorted()).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it.each([
    ['nobody/314.csv', 404, 'NOT_FOUND'],
    ['acme/999.csv', 404, 'NOT_FOUND'],
    ['acme/314.xlsx', 404, 'NOT_FOUND'],
    ['acme/314', 404, 'NOT_FOUND'],
    ['acme/.csv', 400, 'BAD_USER_INPUT'],
    ['acme/%00.csv', 400, 'BAD_USER_INPUT'],
  ])('of %s is %i with an error as GraphQL has it', async (path, status, code) => {
    await using gateway = await start();
    const response = await fetch(`${gateway.gateway.url}/export/${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  it('answers 502 with the code where Audience Manager refuses what was never read', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1, { forbidden: true }))],
    });
    const response = await fetch(`${gateway.gateway.url}/export/acme/314.csv`);
    expect(response.status).toBe(502);
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'AAM_FORBIDDEN' } }] });
  });
});
