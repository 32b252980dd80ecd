import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MAX_WAITING_OF_CALLER } from '../../../src/server/routes/import-lanes.js';
import { workbookOf } from '../../import-export/zip-support.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';
import { RawConnection } from '../../support/raw-connection.js';
import { begun } from '../../support/waiting.js';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const EDITOR = 'key-of-an-editor';
const SENDER = 'key-of-a-sender';
const PAGE = 'https://names.example.com';

/** A workbook with these sheets. */
function workbook(...sheets: [name: string, rows: string[][]][]): Promise<Uint8Array> {
  return writeXlsx({ sheets: sheets.map(([name, rows]) => ({ name, rows })) });
}

const NO_CHANGE = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0 };

describe('POST /import', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: [
        passwordCustomer(
          'acme',
          destination(314, 3),
          destination(315, 0),
          destination(316, 0),
          ...[317, 318, 319].map((id) => destination(id, 1)),
        ),
        passwordCustomer('globex', destination(566, 1)),
      ],
      config: {
        access: {
          apiKeys: [
            entryOf(EDITOR, 'editor', ['acme'], ['read', 'import']),
            entryOf(SENDER, 'sender', ['acme'], ['import']),
            entryOf('key-of-a-reader', 'reader', ['acme'], ['read']),
          ],
        },
        listen: { cors: [PAGE] },
      },
      headers: withKey(EDITOR),
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    // What Audience Manager says, so that nothing is left that was given by hand.
    expect(await send('id,name\n1003,Segment 3', { query: '?mode=REPLACE' })).toMatchObject({ status: 200 });
    gateway.logLines.length = 0;
  });

  interface Sent {
    readonly to?: string;
    readonly query?: string;
    readonly headers?: Record<string, string>;
  }

  async function send(
    body: string | Uint8Array | null,
    { to = 'acme/314', query = '', headers = {} }: Sent = {},
  ) {
    const response = await gateway.fetch(`/import/${to}${query}`, { method: 'POST', body, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as unknown };
  }

  async function nameOf(segmentId: string): Promise<unknown> {
    const query = `{ segment(customerId: "acme", destinationId: "314", segmentId: "${segmentId}") { name } }`;
    const { data } = await gateway.query(query);
    return (data?.['segment'] as { name: string } | null | undefined)?.name ?? null;
  }

  function refusal(code: string, message: string): object {
    return { errors: [{ message: expect.stringContaining(message) as string, extensions: { code } }] };
  }

  it('imports the file in the body, and answers with what it changed', async () => {
    const { status, headers, body } = await send(
      'id,name,status\n1001,Mine,active\n2000,New,\n1002,Segment 2,\n',
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toMatchObject({
      ...NO_CHANGE,
      applied: true,
      created: 1,
      renamed: 1,
      unchanged: 1,
      mistakes: [],
    });
    expect(await nameOf('1001')).toBe('Mine');
    expect(await nameOf('2000')).toBe('New');
  });

  it('takes the choices from the address', async () => {
    expect(await send('id,name\n1001,Mine', { query: '?dryRun=1' })).toMatchObject({
      status: 200,
      body: { applied: false, renamed: 1 },
    });
    expect(await nameOf('1001')).toBe('Segment 1');
    expect(await send('id,name\n1001,Mine')).toMatchObject({ body: { renamed: 1 } });
    expect(await send('id,name\n1002,Two', { query: '?mode=replace' })).toMatchObject({
      body: { applied: true, renamed: 1, removed: 1 },
    });
    expect(await nameOf('1001')).toBe('Segment 1');
    expect(await send('id,name\n5003,Three', { query: '?idType=sid' })).toMatchObject({
      body: { renamed: 1 },
    });
    expect(await nameOf('1003')).toBe('Three');
  });

  it('answers 422 with the mistakes where nothing was imported for them, and 200 where the rest was', async () => {
    const file = 'id,name\n1001,Mine\n,Nameless\n';
    const refused = await send(file);
    expect(refused).toMatchObject({
      status: 422,
      body: { applied: false, renamed: 1, rejected: 1, mistakes: [{ line: 3 }] },
    });
    expect(await nameOf('1001')).toBe('Segment 1');
    expect(await send(file, { query: '?dryRun=1' })).toMatchObject({ status: 200, body: { rejected: 1 } });
    expect(await send(file, { query: '?skipBad=true' })).toMatchObject({
      status: 200,
      body: { applied: true, renamed: 1, rejected: 1 },
    });
    expect(await nameOf('1001')).toBe('Mine');
  });

  it('says what each column was taken for, and which sheet was read', async () => {
    const file = 'id;Segment Name;Remarks;status;customerId\n1001;Mine;;;acme';
    expect(await send(file, { query: '?dryRun=1' })).toMatchObject({
      body: {
        columns: [
          { title: 'id', use: 'MAPPING_ID' },
          { title: 'Segment Name', use: 'NAME' },
          { title: 'Remarks', use: null },
          { title: 'status', use: 'STATUS' },
          { title: 'customerId', use: 'CUSTOMER' },
        ],
        sheet: null,
        sheets: [],
      },
    });
    const long = 'x'.repeat(500);
    const { body } = await send(`sid,value,alias,name,${long}\n,,a,Mine,`, { query: '?dryRun=1' });
    expect((body as { columns: unknown }).columns).toEqual([
      { title: 'sid', use: 'SID' },
      { title: 'value', use: 'VALUE' },
      { title: 'alias', use: 'ALIAS' },
      { title: 'name', use: 'NAME' },
      { title: `${'x'.repeat(200)}…`, use: null },
    ]);
    const rows = [
      ['id', 'name'],
      ['1001', 'Mine'],
    ];
    expect(await send(await workbook(['Notes', []], ['List', rows]), { query: '?dryRun=1' })).toMatchObject({
      body: { renamed: 1, sheet: 'List', sheets: ['Notes', 'List'] },
    });
  });

  it.each<[what: string, file: string, query: string, columns: string[], line: number | null]>([
    ['without an ID', 'Nr,Audience name\n1,A', '', ['Nr', 'Audience name'], 1],
    ['that may be either', '\nSegment,owner,status\n1,A,', '', ['Segment', 'owner', 'status'], 2],
    ['with two names', 'id,name,Label\n1,A,B', '', ['id', 'name', 'Label'], 1],
    ['without the title asked for', 'id,name\n1,A', '?idColumn=Number', ['id', 'name'], 1],
    ['of JSON', '{"number":1,"name":"A"}', '', ['number', 'name'], null],
    ['with titles that are none', `nr,,${'x'.repeat(201)},name\n1,,,A`, '', ['nr', 'name'], 1],
  ])('has the columns in the error for a header %s', async (_, file, query, columns, line) => {
    const { status, body } = await send(file, { query });
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', columns, line } }] });
    expect((body as { errors: { extensions: object }[] }).errors[0]?.extensions).not.toHaveProperty('sheets');
  });

  it('has the sheets in the error for a header, and takes the columns and the sheet that are chosen', async () => {
    const rows = [
      ['Number', 'Audience'],
      ['1001', 'Mine'],
    ];
    const file = await workbook(['Notes', [['Written by', 'Ann']]], ['List', rows]);
    expect(await send(file)).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            extensions: {
              code: 'BAD_USER_INPUT',
              columns: ['Written by', 'Ann'],
              line: 1,
              sheet: 'Notes',
              sheets: ['Notes', 'List'],
            },
          },
        ],
      },
    });
    const chosen = '?dryRun=1&sheet=List&idColumn=Number&nameColumn=Audience';
    expect(await send(file, { query: chosen })).toMatchObject({
      status: 200,
      body: {
        renamed: 1,
        columns: [
          { title: 'Number', use: 'MAPPING_ID' },
          { title: 'Audience', use: 'NAME' },
        ],
        changes: [
          {
            kind: 'RENAMED',
            line: 2,
            segmentId: '1001',
            from: { name: 'Segment 1' },
            to: { name: 'Mine' },
          },
        ],
      },
    });
    const { body } = await send('nothing at all');
    expect(body).toMatchObject({ errors: [{ extensions: { columns: ['nothing at all'] } }] });
  });

  it.each(['text/csv', 'application/octet-stream', 'application/json', 'application/x-www-form-urlencoded'])(
    'takes a file as %s',
    async (type) => {
      const { status, body } = await send('id,name\n1001,Mine', { headers: { 'content-type': type } });
      expect(body).toMatchObject({ applied: true, renamed: 1 });
      expect(status).toBe(200);
    },
  );

  it('takes a body that was compressed on its way', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect(await send(gzipSync('id,name\n1001,Packed'), { headers })).toMatchObject({ body: { renamed: 1 } });
    expect(await nameOf('1001')).toBe('Packed');
  });

  it.each([
    ['?dryrun=1', 'There is no parameter dryrun; there are mode, dryRun'],
    ['?dryRun=', 'dryRun must be 1 or 0'],
    ['?dryRun=yes', 'dryRun must be 1 or 0'],
    ['?skipBad=1&skipBad=1', 'skipBad must be 1 or 0'],
    ['?mode=UPSERT', 'mode must be one of MERGE, REPLACE'],
    ['?idType=AUTO', 'idType must be one of SID, MAPPING_ID'],
    ['?sheet=', 'sheet is empty'],
    ['?encoding=utf-8&encoding=utf-16', 'encoding is given more than once'],
  ])('refuses the address %s', async (query, message) => {
    expect(await send('id,name\n1001,Mine', { query })).toMatchObject({
      status: 400,
      body: refusal('BAD_USER_INPUT', message),
    });
    expect(await nameOf('1001')).toBe('Segment 1');
  });

  describe('refuses a body', () => {
    it.each<
      [what: string, status: number, message: string, body: string | Uint8Array | null, headers?: object]
    >([
      ['that is empty', 400, 'The body is empty; send the file', ''],
      ['that is missing', 400, 'The body is empty; send the file', null],
      [
        'that is a form',
        415,
        'The body must be the file itself',
        '--x',
        { 'content-type': 'multipart/form-data; boundary=x' },
      ],
      [
        'without its line breaks',
        400,
        'curl -d leaves them out',
        'id,name1001,Mine',
        { 'content-type': 'application/x-www-form-urlencoded' },
      ],
      [
        'in an unknown encoding',
        415,
        'The content encoding br is not supported',
        brotliCompressSync('id,name\n1,2'),
        { 'content-encoding': 'br' },
      ],
      [
        'that is not packed',
        400,
        'The body is not gzip',
        'id,name\n1001,Mine',
        { 'content-encoding': 'gzip' },
      ],
      [
        'whose packed end is missing',
        400,
        'The body is not gzip',
        gzipSync('id,name\n1001,Mine').subarray(0, -9),
        { 'content-encoding': 'gzip' },
      ],
      [
        'of a type that is none',
        415,
        'content-type is not well-formed',
        'id,name\n1001,Mine',
        { 'content-type': 'nonsense' },
      ],
      ['that is no list of segments', 400, 'PDF', '%PDF-1.7\n'],
      ['without a header', 400, 'Line 1', '1001;Mine\n1002;Yours\n'],
      [
        'that unpacks to more than 64 MiB',
        413,
        'The file exceeds 64 MiB',
        gzipSync(Buffer.alloc(64 * MIB + 1, '1')),
        { 'content-encoding': 'gzip' },
      ],
    ])('%s', async (_, status, message, body, headers = {}) => {
      const answer = await send(body, { headers: headers as Record<string, string> });
      expect(answer).toMatchObject({ status, body: refusal('BAD_USER_INPUT', message) });
      // RFC 7694: what could be sent instead.
      expect(answer.headers.get('accept-encoding')).toBe(
        message.includes('content encoding') ? 'gzip' : null,
      );
      expect(await nameOf('1001')).toBe('Segment 1');
    });

    it('that says to be larger than 64 MiB, before it is sent', async () => {
      using connection = await RawConnection.open(gateway.url);
      connection.send(head(`Content-Length: ${64 * MIB + 1}`));
      // What is sent nevertheless is thrown away.
      connection.send('x'.repeat(100_000));
      await arrived();
      gateway.clock.advance(60_000);
      const answer = await connection.answer();
      expect(answer?.status).toBe(413);
      expect(answer?.body).toContain('The file exceeds 64 MiB');
    });
  });

  it.each([
    ['acme/999', 404, 'NOT_FOUND'],
    ['globex/566', 404, 'NOT_FOUND'],
    ['nobody/314', 404, 'NOT_FOUND'],
    ['acme/%00', 400, 'BAD_USER_INPUT'],
    ['acme/%20', 404, 'NOT_FOUND'],
  ])('into %s is %i', async (to, status, code) => {
    const { status: answered, body } = await send('id,name\n1,One', { to });
    expect({ status: answered, body }).toMatchObject({
      status,
      body: { errors: [{ extensions: { code } }] },
    });
  });

  it('answers the same for a destination that is hidden and one that does not exist', async () => {
    const hidden = await send('id,name\n1,One', { to: 'globex/566' });
    const missing = await send('id,name\n1,One', { to: 'globey/567' });
    expect(hidden.text.replaceAll('globex', '').replaceAll('566', '')).toBe(
      missing.text.replaceAll('globey', '').replaceAll('567', ''),
    );
    expect(gateway.log.filter(({ audit }) => audit === 'denied')).toMatchObject([
      { customers: ['globex'], caller: 'key:editor' },
      { customers: ['globey'], caller: 'key:editor' },
    ]);
  });

  it('needs the permission import', async () => {
    const headers = withKey('key-of-a-reader');
    expect(await send('id,name\n1001,Mine', { headers })).toMatchObject({
      status: 403,
      body: refusal('FORBIDDEN', 'This needs the permission import.'),
    });
    expect(await send('id,name\n1001,Mine', { headers: withKey('none') })).toMatchObject({ status: 401 });
  });

  it('tells a caller that may not read nothing of what is stored', async () => {
    const headers = withKey(SENDER);
    const note =
      'What would change is not told without the permission read: only the mistakes of the file itself are, and nothing is counted.';
    expect(await send('id,name\n1001,Mine', { query: '?dryRun=1', headers })).toMatchObject({
      body: { ...NO_CHANGE, notes: [note] },
    });
    expect(await send('id,name\n1001,Mine\n,Nameless', { headers })).toMatchObject({
      status: 422,
      body: { ...NO_CHANGE, rejected: 1, notes: [note] },
    });
    expect(await send('id,name\n1001,Mine', { headers })).toMatchObject({
      body: { applied: true, renamed: 1, notes: [] },
    });
  });

  it.each([
    ['https://evil.example', 403],
    ['null', 403],
    [PAGE, 200],
  ])('from a web page of %s is %i', async (origin, status) => {
    const { status: answered } = await send('id,name\n1001,Mine', { headers: { origin } });
    expect(answered).toBe(status);
    expect(await nameOf('1001')).toBe(status === 200 ? 'Mine' : 'Segment 1');
  });

  it('from a web page of the gateway itself is allowed', async () => {
    const { origin } = new URL(gateway.url);
    expect(await send('id,name\n1001,Mine', { headers: { origin } })).toMatchObject({ status: 200 });
  });

  it('leaves a line in the audit log, whether it succeeds or fails', async () => {
    const disposition = `attachment; filename*=UTF-8''M%C3%A4rz.csv`;
    await send('id,name\n1001,Mine', { headers: { 'content-disposition': disposition } });
    await send('nothing', { query: '?fileName=other.csv&dryRun=1' });
    expect(gateway.log.filter(({ audit }) => audit === 'import')).toMatchObject([
      {
        customer: 'acme',
        destination: '314',
        mode: 'MERGE',
        dryRun: false,
        fileName: 'März.csv',
        outcome: 'ok',
        applied: true,
        renamed: 1,
        caller: 'key:editor',
        from: '127.0.0.1',
      },
      { fileName: 'other.csv', dryRun: true, outcome: 'BAD_USER_INPUT' },
    ]);
    expect(gateway.log.filter(({ msg }) => msg === 'request')).toMatchObject([
      { path: '/import/:customer/:destination', status: 200, outcome: 'ok' },
      { path: '/import/:customer/:destination', status: 400, outcome: 'error', codes: ['BAD_USER_INPUT'] },
    ]);
  });

  describe('answers with NDJSON where that is accepted', () => {
    const ndjson = { accept: 'application/x-ndjson' };

    it('in one line if the import is quick', async () => {
      const { status, headers, text } = await send('id,name\n1001,Mine', { headers: ndjson });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
      expect(text.endsWith('\n')).toBe(true);
      expect(JSON.parse(text)).toMatchObject({ result: { applied: true, renamed: 1 } });
    });

    it('with errors in a line, and a status as long as nothing was sent', async () => {
      expect(await send('%PDF-1.7', { headers: ndjson })).toMatchObject({
        status: 400,
        body: refusal('BAD_USER_INPUT', 'PDF'),
      });
      expect(await send('id,name\n,Nameless', { headers: ndjson })).toMatchObject({
        status: 422,
        body: { result: { applied: false, rejected: 1 } },
      });
    });

    it.each([
      ['the result', 315, 'id,name\n1,Mine', { result: { applied: true } }],
      ['errors', 316, 'nothing', { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }],
    ])('with progress in between, and %s at the end', async (_, destinationId, file, last) => {
      let listed: () => void = () => undefined;
      const until = new Promise<void>((resolve) => {
        listed = resolve;
      });
      gateway.simulator.fault({
        destinationId,
        endpoint: 'destination',
        action: { kind: 'hold', until },
      });
      const answering = gateway.fetch(`/import/acme/${destinationId}`, {
        method: 'POST',
        body: file,
        headers: ndjson,
      });
      // The first line comes after half a second, the next ones every second.
      await gateway.clock.timer((ms) => ms === 500);
      gateway.clock.advance(500);
      const response = await answering;
      expect(response.status).toBe(200);
      const lines = linesOf(response);
      const progress = {
        progress: { phase: expect.stringMatching(/^(READING|APPLYING)$/) as string },
      };
      expect(await lines.next()).toMatchObject({ value: progress });
      gateway.clock.advance(2_250);
      expect(await lines.next()).toMatchObject({ value: progress });
      expect(await lines.next()).toMatchObject({ value: progress });
      listed();
      expect(await lines.next()).toMatchObject({ value: last });
      expect(await lines.next()).toMatchObject({ done: true });
      // The next line would be due by now.
      expect(gateway.clock.pending()).not.toContain(750);
    });

    async function* linesOf(response: Response): AsyncGenerator {
      let rest = '';
      for await (const chunk of response.body ?? []) {
        rest += Buffer.from(chunk as Uint8Array).toString();
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as unknown;
      }
    }
  });

  describe('while the file arrives', () => {
    it('gives up a client that sends too slowly', async () => {
      using connection = await RawConnection.open(gateway.url);
      connection.send(`${head('Content-Length: 1000000')}id,name\n1001,Mine\n`);
      await arrived();
      gateway.clock.advance(60_000);
      const answer = await connection.answer();
      expect(answer?.status).toBe(408);
      expect(answer?.body).toContain('arrives too slowly');
      expect(await nameOf('1001')).toBe('Segment 1');
    });

    it.each(['Content-Length: 1000000', 'Transfer-Encoding: chunked'])(
      'imports nothing of a file that is cut off (%s)',
      async (header) => {
        const part = 'id,name\n1001,Mine\n';
        const connection = await RawConnection.open(gateway.url);
        connection.send(
          head(header) + (header.includes('chunked') ? `${part.length.toString(16)}\r\n${part}\r\n` : part),
        );
        await arrived();
        connection[Symbol.dispose]();
        await logged(({ outcome }) => outcome === 'aborted');
        expect(await nameOf('1001')).toBe('Segment 1');
        expect(gateway.log.filter(({ audit }) => audit === 'import')).toEqual([]);
      },
    );

    it('takes no more than 64 MiB of a caller at once, and room is free again when one has left', async () => {
      const first = await RawConnection.open(gateway.url);
      first.send(`${head(`Content-Length: ${64 * MIB}`)}id`);
      await arrived();
      const refused = await send('id,name\n1001,Mine');
      expect(refused).toMatchObject({ status: 503, body: refusal('RATE_LIMITED', 'Too many files') });
      expect(refused.headers.get('retry-after')).toBe('10');
      expect(await send('id,name\n1001,Mine', { headers: withKey(SENDER) })).toMatchObject({ status: 200 });
      first[Symbol.dispose]();
      await logged(({ outcome }) => outcome === 'aborted');
      expect(await send('id,name\n1001,Mine')).toMatchObject({ status: 200 });
    });
  });

  describe('while others are imported', () => {
    /** More than what is imported beside other files. */
    const LARGE = `id,name\n${'1001,Large\n'.repeat(25 * 1024)}`;
    const ndjson = { accept: 'application/x-ndjson' };
    const SMALL_SHEET =
      '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>' +
      '<row r="2"><c r="A2"><v>1002</v></c><c r="B2" t="inlineStr"><is><t>Two</t></is></c></row>';

    /** Begins an import that goes on until it is released. */
    async function occupy(destinationId: number, file: string | Uint8Array) {
      let release: () => void = () => undefined;
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      gateway.simulator.fault({ destinationId, endpoint: 'destination', action: { kind: 'hold', until } });
      // Otherwise a test that fails would keep all later ones waiting.
      onTestFinished(release);
      const first = begun(send(file, { to: `acme/${destinationId}` }));
      await gateway.clock.timer((ms) => ms === 15 * MINUTE_MS);
      return { first, release };
    }

    /** Waits until so many imports that stream their progress have their file. */
    async function untilWaiting(count: number): Promise<void> {
      const firstProgress = (ms: number): boolean => ms === 500;
      while (gateway.clock.pending().filter(firstProgress).length < count) await setImmediate();
    }

    it('a large file waits, also one that is packed twice, and a small workbook or packed file does not', async () => {
      const { first, release } = await occupy(317, LARGE);
      let isDone = false;
      const waiting = begun(
        send(gzipSync(gzipSync(LARGE)), { headers: ndjson }).then((answer) => {
          isDone = true;
          return answer;
        }),
      );
      await untilWaiting(1);
      expect(await send(gzipSync('id,name\n1002,Small'))).toMatchObject({ status: 200 });
      expect(await send(workbookOf(SMALL_SHEET))).toMatchObject({ status: 200, body: { renamed: 1 } });
      expect(isDone).toBe(false);
      release();
      expect(await first).toMatchObject({ status: 200 });
      expect(await waiting).toMatchObject({ status: 200, body: { result: { renamed: 1 } } });
    });

    it('the time that a file waits does not count', async () => {
      const { first, release } = await occupy(318, LARGE);
      const waiting = begun(
        gateway.fetch('/import/acme/314', { method: 'POST', body: LARGE, headers: ndjson }),
      );
      await untilWaiting(1);
      gateway.clock.advance(20 * MINUTE_MS);
      release();
      await first;
      const last = (await (await waiting).text()).trim().split('\n').at(-1) ?? '';
      expect(JSON.parse(last)).toMatchObject({ result: { applied: true, renamed: 1 } });
    });

    it('an import that takes more than 15 minutes is ended, with that as its cause', async () => {
      const rows = Array.from({ length: 60_000 }, (_, row) => `${row + 5000},Name ${row}`);
      const answering = begun(send(`id,name\n${rows.join('\n')}`));
      await gateway.clock.timer((ms) => ms === 15 * MINUTE_MS);
      gateway.clock.advance(15 * MINUTE_MS);
      expect(await answering).toMatchObject({
        status: 503,
        body: refusal('IMPORT_TIMEOUT', 'The import took more than 15 minutes'),
      });
      expect(gateway.log.filter(({ audit }) => audit === 'import')).toMatchObject([
        { outcome: 'IMPORT_TIMEOUT' },
      ]);
      expect(await nameOf('5000')).toBe(null);
    });

    it('a caller has so many files waiting, and one whose client leaves is none of them any more', async () => {
      const { first, release } = await occupy(319, LARGE);
      const wait = async () => await send(LARGE, { headers: ndjson });
      const left = await RawConnection.open(gateway.url);
      left.send(head(`Content-Length: ${LARGE.length}\r\nAccept: application/x-ndjson`) + LARGE);
      const others = Array.from({ length: MAX_WAITING_OF_CALLER - 1 }, () => begun(wait()));
      await untilWaiting(MAX_WAITING_OF_CALLER);
      const refused = await wait();
      expect(refused).toMatchObject({ status: 503, body: refusal('RATE_LIMITED', 'Too many of your files') });
      expect(refused.headers.get('retry-after')).toBe('60');
      // Smaller files, and those of others, have places of their own.
      expect(await send('id,name\n1002,Small')).toMatchObject({ status: 200 });
      others.push(begun(send(LARGE, { headers: { ...ndjson, ...withKey(SENDER) } })));
      await untilWaiting(MAX_WAITING_OF_CALLER + 1);
      left[Symbol.dispose]();
      await logged(({ outcome }) => outcome === 'aborted');
      others.push(begun(wait()));
      await untilWaiting(MAX_WAITING_OF_CALLER + 1);
      release();
      for (const { status } of await Promise.all([first, ...others])) expect(status).toBe(200);
    });
  });

  function head(length: string): string {
    return `POST /import/acme/314 HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${EDITOR}\r\n${length}\r\n\r\n`;
  }

  /** Waits until the gateway has begun to receive a body. */
  async function arrived(): Promise<void> {
    await gateway.clock.timer((ms) => ms <= 250);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  async function logged(matches: (entry: Record<string, unknown>) => boolean): Promise<void> {
    while (!gateway.log.some(matches)) await setImmediate();
  }
});
