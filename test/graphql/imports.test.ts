import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

const start = (): Promise<TestGateway> =>
  TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 2))] });

const IMPORT = `mutation Import($csv: String!, $mode: ImportMode, $dryRun: Boolean, $idType: SegmentIdType,
  $fileName: String, $idColumn: String, $nameColumn: String, $force: Boolean) {
  importSegments(destinationId: "314", csv: $csv, mode: $mode, dryRun: $dryRun, idType: $idType,
    fileName: $fileName, idColumn: $idColumn, nameColumn: $nameColumn, force: $force) {
    applied importId created renamed updated removed kept rejected
    mistakes { line reason } warnings { line reason } notes
    changes { kind line segmentId mappingId from { name status } to { name status } }
  }
}`;

const UNDO = `mutation Undo($id: ID!) { undoImport(id: $id) {
  restored keptCount kept { segmentId reason segment { name } } import { id fileName undoneBy undoneAt }
} }`;

interface Imported {
  readonly importId: string | null;
  readonly [field: string]: unknown;
}

async function importCsv(gateway: TestGateway, variables: Record<string, unknown>): Promise<Imported> {
  const { data, errors } = await gateway.query(IMPORT, variables);
  expect(errors).toBeUndefined();
  return data!['importSegments'] as Imported;
}

describe('importSegments', () => {
  it('lists what would change in a dry run, and gives an import that is applied an ID', async () => {
    await using gateway = await start();
    const csv = 'sid,name\n5001,New\n5999,Fresh\n';
    const trial = await importCsv(gateway, { csv, dryRun: true });
    expect(trial).toEqual({
      applied: false,
      importId: null,
      created: 1,
      renamed: 1,
      updated: 0,
      removed: 0,
      kept: 0,
      rejected: 0,
      mistakes: [],
      warnings: [],
      notes: [],
      changes: [
        {
          kind: 'RENAMED',
          line: 2,
          segmentId: '1001',
          mappingId: '1001',
          from: { name: 'Segment 1', status: 'ACTIVE' },
          to: { name: 'New', status: 'ACTIVE' },
        },
        {
          kind: 'CREATED',
          line: 3,
          segmentId: 'sid:5999',
          mappingId: null,
          from: null,
          to: { name: 'Fresh', status: 'ACTIVE' },
        },
      ],
    });
    const applied = await importCsv(gateway, { csv });
    expect(applied).toEqual({
      ...trial,
      applied: true,
      importId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
  });

  it('takes the kind of the IDs and the columns from its arguments', async () => {
    await using gateway = await start();
    const csv = 'Nr,Bezeichnung,name\n5001,By column,Not this\n';
    const outcome = await importCsv(gateway, {
      csv,
      idType: 'SID',
      idColumn: 'Nr',
      nameColumn: 'Bezeichnung',
    });
    expect(outcome).toMatchObject({
      renamed: 1,
      changes: [{ segmentId: '1001', to: { name: 'By column' } }],
    });
    const { errors } = await gateway.query(IMPORT, { csv, fileName: 'a\u0007b' });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('refuses the export of another customer, unless it is forced', async () => {
    await using gateway = await start();
    const csv = 'sid,name,customerId,destinationId\n5001,Theirs,globex,7\n';
    const { errors } = await gateway.query(IMPORT, { csv });
    expect(errors).toMatchObject([
      { message: expect.stringContaining('globex') as string, extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(await importCsv(gateway, { csv, force: true })).toMatchObject({ renamed: 1 });
  });
});

describe('imports', () => {
  const LIST = `query List($first: Int, $after: String) { imports(customerId: "acme", first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id by fileName mode undoneAt undoneBy counts { created renamed rejected } destination { destinationId } }
  } }`;

  it('are listed page by page, newest first', async () => {
    await using gateway = await start();
    const first = await importCsv(gateway, { csv: 'sid,name\n5001,A\n', fileName: 'first.csv' });
    const second = await importCsv(gateway, { csv: 'sid,name\n5001,B\n', mode: 'REPLACE' });
    const page = await gateway.query(LIST, { first: 1 });
    expect(page.errors).toBeUndefined();
    expect(page.data!['imports']).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true },
      nodes: [
        {
          id: second.importId,
          fileName: null,
          mode: 'REPLACE',
          undoneAt: null,
          counts: { created: 0, renamed: 1, rejected: 0 },
          destination: { destinationId: '314' },
        },
      ],
    });
    const { pageInfo } = page.data!['imports'] as { pageInfo: { endCursor: string } };
    const { data } = await gateway.query(LIST, { first: 1, after: pageInfo.endCursor });
    expect(data!['imports']).toMatchObject({
      pageInfo: { hasNextPage: false },
      nodes: [{ id: first.importId, fileName: 'first.csv', mode: 'MERGE' }],
    });
    const one = 'query One($id: ID!) { import(id: $id) { id fileName destination { destinationId } } }';
    expect((await gateway.query(one, { id: first.importId })).data).toEqual({
      import: { id: first.importId, fileName: 'first.csv', destination: { destinationId: '314' } },
    });
    for (const id of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
      expect(await gateway.query(one, { id })).toMatchObject({ data: { import: null } });
    }
    const wrong = await gateway.query(LIST, { first: 1, after: 'nonsense' });
    expect(wrong.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('can be taken back once', async () => {
    await using gateway = await start();
    const { importId } = await importCsv(gateway, {
      csv: 'sid,name\n5001,New\n5002,New\n',
      fileName: 'a.csv',
    });
    await gateway.query(
      'mutation { setSegment(key: { destinationId: "314", segmentId: "1002" }, name: "Newer") { name } }',
    );
    const { data, errors } = await gateway.query(UNDO, { id: importId });
    expect(errors).toBeUndefined();
    expect(data!['undoImport']).toMatchObject({
      restored: 1,
      keptCount: 1,
      kept: [{ segmentId: '1002', segment: { name: 'Newer' } }],
      import: { id: importId, fileName: 'a.csv', undoneAt: expect.any(String) as string },
    });
    const again = await gateway.query(UNDO, { id: importId });
    expect(again.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const unknown = await gateway.query(UNDO, { id: '00000000-0000-4000-8000-000000000000' });
    expect(unknown.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it('are neither listed nor taken back for callers who may not see their customer', async () => {
    const simulated = [
      passwordCustomer('acme', destination(314, 2)),
      passwordCustomer('globex', destination(315, 2)),
    ];
    const access = {
      apiKeys: [
        entryOf('all-key', 'all', 'all', ['read', 'import']),
        entryOf('globex-key', 'globex', ['globex'], ['read', 'import']),
        entryOf('box-key', 'box', ['acme'], ['import']),
      ],
    };
    await using gateway = await TestGateway.start({ simulated, config: { access } });
    const run = async (name: string, query: string, variables = {}): ReturnType<TestGateway['query']> => {
      const { body } = await gateway.post({ query, variables }, withKey(`${name}-key`));
      return body as Awaited<ReturnType<TestGateway['query']>>;
    };
    const { data } = await run('all', IMPORT, { csv: 'sid,name\n5001,New\n' });
    const { importId } = data!['importSegments'] as Imported;
    const list = '{ imports { totalCount nodes { id } } }';
    expect((await run('all', list)).data).toEqual({ imports: { totalCount: 1, nodes: [{ id: importId }] } });
    expect((await run('globex', list)).data).toEqual({ imports: { totalCount: 0, nodes: [] } });
    expect((await run('box', list)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const one = 'query ($id: ID!) { import(id: $id) { id } }';
    expect((await run('all', one, { id: importId })).data).toEqual({ import: { id: importId } });
    expect((await run('globex', one, { id: importId })).data).toEqual({ import: null });
    expect((await run('box', one, { id: importId })).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ]);
    expect((await run('globex', UNDO, { id: importId })).errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND' } },
    ]);
    const undone = await run(
      'box',
      'mutation ($id: ID!) { undoImport(id: $id) { restored kept { segmentId } } }',
      {
        id: importId,
      },
    );
    expect(undone.data).toEqual({ undoImport: { restored: 1, kept: [] } });
  });
});

describe('what is given by hand', () => {
  it('is listed with what Audience Manager says', async () => {
    await using gateway = await start();
    await importCsv(gateway, { csv: 'sid,name\n5001,By hand\n5999,Only by hand\n' });
    const text = `{ destination(destinationId: "314") { segments(source: MANUAL) {
      totalCount nodes { name listed { name description status } }
    } segment(segmentId: "1002") { name listed { name } } } }`;
    expect((await gateway.query(text)).data).toEqual({
      destination: {
        segments: {
          totalCount: 2,
          nodes: [
            {
              name: 'By hand',
              listed: { name: 'Segment 1', description: 'About segment 1', status: 'ACTIVE' },
            },
            { name: 'Only by hand', listed: null },
          ],
        },
        segment: { name: 'Segment 2', listed: { name: 'Segment 2' } },
      },
    });
  });

  it('is purged only where Audience Manager never had it', async () => {
    await using gateway = await start();
    const purge = (segmentId: string): ReturnType<TestGateway['query']> =>
      gateway.query(
        'mutation ($id: ID!) { purgeSegment(key: { destinationId: "314", segmentId: $id, idType: SID }) { name } }',
        { id: segmentId },
      );
    await importCsv(gateway, { csv: 'sid,name\n5001,By hand\n5999,Only by hand\n' });
    expect((await purge('5001')).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect((await purge('5999')).data).toEqual({ purgeSegment: { name: 'Only by hand' } });
    expect((await purge('5999')).data).toEqual({ purgeSegment: null });
  });

  it('has an ID without what people do not see around it', async () => {
    await using gateway = await start();
    const key = '{ destinationId: "314", segmentId: "77\u00a0\u200b ", idType: SID }';
    const { data } = await gateway.query(`mutation { setSegment(key: ${key}, name: "Trimmed") { sid } }`);
    expect(data).toEqual({ setSegment: { sid: '77' } });
    const blank = '{ destinationId: "314", segmentId: "\u00a0", idType: SID }';
    const { errors } = await gateway.query(`mutation { setSegment(key: ${blank}, name: "None") { sid } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
