import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type TestGatewayOptions } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';
import { eventually } from '../../support/waiting.js';

const SIMULATED = [
  passwordCustomer(
    'acme',
    destination(314, 3),
    destination(315, 3, {
      mappings: [
        { mappingId: 1, sid: 71, alias: 'cart', name: 'Cart "7 days" 🛒', status: 'inactive' },
        { mappingId: 2, sid: 72, alias: 'vip', name: null },
        { mappingId: 3, sid: 73, alias: 'twice', name: 'One' },
        { mappingId: 4, sid: 74, alias: 'twice', name: 'Other' },
        { mappingId: 5, sid: 75, alias: ' vip', name: 'Vip with a blank' },
        { mappingId: 90, sid: 74, alias: null, name: 'Other' },
      ],
    }),
  ),
  passwordCustomer('globex', destination(566, 3), destination(800, 1)),
  passwordCustomer('initech', destination(800, 1)),
];

const API_KEYS = [
  entryOf('acme-key', 'acme-ui', ['acme']),
  entryOf('all-key', 'partner', 'all'),
  entryOf('one-key', 'initech-ui', ['initech', 'acme']),
  entryOf('import-key', 'importer', 'all', ['import']),
];

const SECRET = 'sample_partner_private_key';

/** A message with these segments of one user, for a destination. */
const messageFor = (destinationId: unknown, segments: unknown[], more: object = {}): string =>
  JSON.stringify({
    User_DPID: '12345',
    ...more,
    AAM_Destination_Id: destinationId,
    Users: [{ AAM_UUID: '1', Segments: segments }],
  });

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(
  gateway: TestGateway,
  body: string | Buffer,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await gateway.fetch(`/messages/annotate${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...withKey('all-key'), ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The segments of the first user. */
function segmentsIn({ text }: Answer): Record<string, unknown>[] {
  return (JSON.parse(text) as { Users: { Segments: Record<string, unknown>[] }[] }).Users[0]!.Segments;
}

function errorIn({ status, text }: Answer): [status: number, code: string, message: string] {
  const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] };
  return [status, errors[0]!.extensions.code, errors[0]!.message];
}

/** What a simulator that holds its answers waits for, and what ends that. */
function held(): { readonly until: Promise<void>; readonly answerAgain: () => void } {
  let answerAgain = (): void => undefined;
  const until = new Promise<void>((resolve) => (answerAgain = resolve));
  return { until, answerAgain: () => answerAgain() };
}

const start = (more: Partial<TestGatewayOptions> = {}): Promise<TestGateway> =>
  TestGateway.start({
    simulated: SIMULATED,
    ...more,
    config: { access: { apiKeys: API_KEYS }, ...more.config },
  });

describe('a message to /messages/annotate', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await start({
      customers: [
        {
          id: 'acme',
          destinations: [{ id: 314 }, { id: 315, segmentIdType: 'AUTO' }],
        },
        { id: 'globex' },
        { id: 'initech' },
      ],
    });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('comes back with names beside its IDs, and is otherwise the same', async () => {
    const text =
      '{"ProcessTime": "Wed Jul 27 16:17:42 UTC 2016","AAM_Destination_ID":314, "Big":12345678901234567890,\n' +
      ' "Users":[{"Segments":[{"Segment_ID":"1001","Status":"1"},{"Status":0,"Segment_ID":1002}]}]}';
    const answer = await send(gateway, text);
    const beside = (name: string): string =>
      `,"Segment_Name":"${name}","Segment_Label":"${name}","Segment_Status":"ACTIVE","Segment_ID_Type":"MAPPING_ID","Segment_Lookup":"FOUND"`;
    expect(answer.text).toBe(
      text.replace('"1001"', `"1001"${beside('Segment 1')}`).replace(':1002', `:1002${beside('Segment 2')}`),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it('says of each ID what the lookup found out', async () => {
    const ids = ['71', 'cart', 'vip', 'twice', '999', 'a\nb'];
    const answer = await send(
      gateway,
      messageFor(
        '315',
        ids.map((id) => ({ Segment: id })),
      ),
    );
    expect(segmentsIn(answer).map(({ Segment: _, ...rest }) => Object.values(rest).join(' | '))).toEqual([
      'Cart "7 days" 🛒 | Cart "7 days" 🛒 | INACTIVE | SID | FOUND',
      'Cart "7 days" 🛒 | Cart "7 days" 🛒 | INACTIVE | ALIAS | FOUND',
      ' | vip | ACTIVE | ALIAS | FOUND',
      ' | twice |  |  | AMBIGUOUS',
      ' | 999 |  |  | UNKNOWN',
      ' | a\nb |  |  | FAILED | BAD_USER_INPUT',
    ]);
    expect(segmentsIn(answer)[4]).toEqual({
      Segment: '999',
      Segment_Name: null,
      Segment_Label: '999',
      Segment_Status: null,
      Segment_ID_Type: null,
      Segment_Lookup: 'UNKNOWN',
    });
  });

  it('has the same labels as GraphQL', async () => {
    const ids = ['71', 'cart', 'vip'];
    const answer = await send(
      gateway,
      messageFor(
        '315',
        ids.map((id) => ({ Segment_ID: id })),
      ),
    );
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...withKey('all-key') },
      body: JSON.stringify({
        query: `{ segments(customerId: "acme", destinationId: "315", segmentIds: ${JSON.stringify(ids)}) { label } }`,
      }),
    });
    const { data } = (await response.json()) as { data: { segments: { label: string }[] } };
    expect(segmentsIn(answer).map((segment) => segment['Segment_Label'])).toEqual(
      data.segments.map(({ label }) => label),
    );
  });

  it('finds a segment that was mapped after the last listing', async () => {
    await using other = await start();
    expect(segmentsIn(await send(other, messageFor(314, [{ Segment_ID: 1001 }])))[0]).toMatchObject({
      Segment_Name: 'Segment 1',
    });
    other.simulator.edit('acme', 314, { add: { mappingId: 2001, sid: 1, name: 'Brand new' } });
    other.clock.advance(61_000);
    expect(segmentsIn(await send(other, messageFor(314, [{ Segment_ID: 2001 }])))[0]).toMatchObject({
      Segment_Name: 'Brand new',
    });
  });

  it('may state the kind of its IDs, and the member that has them', async () => {
    const text = JSON.stringify({ Users: [{ Segments: [{ Name: '5002' }] }] });
    const query = '?destination=314&customer=acme&idType=SID&idField=Name';
    expect(segmentsIn(await send(gateway, text, { query }))).toEqual([
      {
        Name: '5002',
        Segment_Name: 'Segment 2',
        Segment_Label: 'Segment 2',
        Segment_Status: 'ACTIVE',
        Segment_ID_Type: 'SID',
        Segment_Lookup: 'FOUND',
      },
    ]);
  });

  it.each<[string, string | Buffer, string, number, string, string | RegExp]>([
    ['without a body', '', '', 400, 'BAD_USER_INPUT', /empty/],
    ['that is no JSON', '{"Users":', '', 400, 'BAD_USER_INPUT', 'The message is not valid JSON.'],
    ['that is no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), '', 400, 'BAD_USER_INPUT', /not valid UTF-8/],
    ['that is a list', '[]', '', 400, 'BAD_USER_INPUT', /must be a JSON object/],
    [
      'without a destination',
      '{"Users":[]}',
      '',
      400,
      'BAD_USER_INPUT',
      'The message names no destination: it has no AAM_Destination_Id. Add ?destination=ID to the address.',
    ],
    [
      'for another destination than the address says',
      messageFor(314, []),
      '?destination=315',
      400,
      'BAD_USER_INPUT',
      'The message is for another destination 314 than the address says; leave destination out of the address.',
    ],
    [
      'for an unknown destination',
      messageFor(4711, []),
      '',
      404,
      'NOT_FOUND',
      'There is no destination 4711.',
    ],
    [
      'for a destination of another customer than the address says',
      messageFor(314, []),
      '?customer=globex',
      404,
      'NOT_FOUND',
      'There is no destination 314 of a customer globex.',
    ],
    [
      'with a misspelt parameter',
      messageFor(314, []),
      '?custommer=acme',
      400,
      'BAD_USER_INPUT',
      'The address has an unknown parameter custommer; there are customer, destination, idType, idField.',
    ],
    [
      'with a parameter twice',
      messageFor(314, []),
      '?customer=a&customer=b',
      400,
      'BAD_USER_INPUT',
      /several times/,
    ],
    [
      'with an empty parameter',
      messageFor(314, []),
      '?customer=',
      400,
      'BAD_USER_INPUT',
      /customer is empty/,
    ],
    [
      'with an unknown kind of IDs',
      messageFor(314, []),
      '?idType=sid',
      400,
      'BAD_USER_INPUT',
      /idType must be one of AUTO, SID/,
    ],
  ])('is refused %s', async (_, body, query, status, code, message) => {
    const refused = errorIn(await send(gateway, body, { query }));
    expect(refused.slice(0, 2)).toEqual([status, code]);
    expect(refused[2]).toMatch(message);
  });

  it('is refused if it has more IDs than one request may look up', async () => {
    await using small = await start({ config: { limits: { ids: 2 } } });
    const segments = ['1001', '1001'].map((id) => ({ Segment_ID: id }));
    expect((await send(small, messageFor(314, segments))).status).toBe(200);
    expect(errorIn(await send(small, messageFor(314, [...segments, { Segment_ID: '1001' }])))).toEqual([
      400,
      'QUERY_TOO_COMPLEX',
      'The message has more than 2 segment IDs, which is the maximum (limits.ids); each place counts. Send its users in several messages.',
    ]);
  });

  it('is refused if it would get too long by its names', async () => {
    await using large = await start({ config: { limits: { ids: 200_000 } } });
    const text = `{"AAM_Destination_Id":314,"Segments":[${'1001,'.repeat(120_000)}1002]}`;
    const refused = errorIn(await send(large, text));
    expect(refused.slice(0, 2)).toEqual([400, 'QUERY_TOO_COMPLEX']);
    expect(refused[2]).toMatch(/would be longer than 16777216 characters.*several messages/);
  });

  it('may have white space around its IDs, which stays', async () => {
    const text = '{"AAM_Destination_Id":" 314","Segments":[" 1001 ","\\t1002"],"Client_ID":" acme"}';
    const answer = await send(gateway, text);
    expect(answer.text.startsWith(text.slice(0, text.indexOf(',"Client_ID')))).toBe(true);
    expect(JSON.parse(answer.text)).toMatchObject({
      Segments_Named: [
        { Segment_ID: ' 1001 ', Segment_Name: 'Segment 1' },
        { Segment_ID: '\t1002', Segment_Name: 'Segment 2' },
      ],
    });
  });

  it('gets the name of an identifier with white space, where there is one', async () => {
    const answer = await send(gateway, messageFor(315, [{ Segment: ' vip' }, { Segment: ' cart' }]));
    expect(segmentsIn(answer).map((segment) => segment['Segment_Name'])).toEqual([
      'Vip with a blank',
      'Cart "7 days" 🛒',
    ]);
  });

  it('has no name beside two different IDs in one object', async () => {
    const answer = await send(gateway, messageFor(314, [{ Segment_ID: '1001', segmentId: '1002' }]));
    expect(segmentsIn(answer)).toEqual([
      {
        Segment_ID: '1001',
        segmentId: '1002',
        Segment_Name: null,
        Segment_Label: '1001, 1002',
        Segment_Status: null,
        Segment_ID_Type: null,
        Segment_Lookup: 'FAILED',
        Segment_Error: 'BAD_USER_INPUT',
      },
    ]);
  });

  it('may begin with a byte order mark, which stays', async () => {
    const text = `\ufeff${messageFor(314, [{ Segment_ID: '1001' }])}`;
    const response = await gateway.fetch('/messages/annotate', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...withKey('all-key') },
      body: text,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([...bytes.subarray(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x7b]);
    expect(bytes.toString()).toContain('"Segment_Name":"Segment 1"');
  });

  it('is refused if it is larger than a body may be, or no JSON by its type', async () => {
    const large = messageFor(314, [], { note: 'x'.repeat(1_100_000) });
    expect(errorIn(await send(gateway, large))).toEqual([
      413,
      'BAD_USER_INPUT',
      'The request body exceeds 1024 KiB. Send the users of the message in several messages, or raise limits.body.',
    ]);
    const typed = await send(gateway, messageFor(314, []), { headers: { 'content-type': 'text/plain' } });
    expect(typed.status).toBe(415);
  });
});

describe('who may send a message', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const as = (key: string): { headers: Record<string, string> } => ({ headers: withKey(key) });

  it('needs a key with the permission read', async () => {
    expect(errorIn(await send(gateway, messageFor(314, []), as('wrong'))).slice(0, 2)).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    expect(errorIn(await send(gateway, messageFor(314, []), as('import-key')))).toEqual([
      403,
      'FORBIDDEN',
      'This needs the permission read.',
    ]);
  });

  it('gets no names of customers that the key may not see, as if they did not exist', async () => {
    const hidden = await send(gateway, messageFor(566, [{ Segment_ID: '1001' }]), as('acme-key'));
    const missing = await send(gateway, messageFor(567, [{ Segment_ID: '1001' }]), as('acme-key'));
    expect(hidden.text).toBe(missing.text.replaceAll('567', '566'));
    expect(hidden.status).toBe(404);
  });

  it('has to say which customer where several have the destination', async () => {
    const message = messageFor(800, [{ Segment_ID: '1001' }]);
    expect(errorIn(await send(gateway, message))).toEqual([
      400,
      'BAD_USER_INPUT',
      'There are destinations 800 of several customers (globex, initech); add ?customer=ID to the address.',
    ]);
    expect((await send(gateway, message, { query: '?customer=globex' })).status).toBe(200);
  });

  it("may say it by the partner's own name of the customer, if that is the customer's ID", async () => {
    const segments = [{ Segment_ID: '1001' }];
    expect((await send(gateway, messageFor(800, segments, { Client_ID: 'initech' }))).status).toBe(200);
    expect((await send(gateway, messageFor(800, segments, { Client_ID: 'acme' }))).status).toBe(400);
    expect((await send(gateway, messageFor(314, segments, { Client_ID: '74323' }))).status).toBe(200);
    const two = messageFor(800, segments, { Client_ID: 'initech', client_id: 'globex' });
    expect((await send(gateway, two)).status).toBe(400);
  });

  it("is refused if the partner's own name of the customer is the ID of another one", async () => {
    const message = messageFor(314, [{ Segment_ID: '1001' }], { Client_ID: 'globex' });
    expect(errorIn(await send(gateway, message))).toEqual([
      400,
      'BAD_USER_INPUT',
      'Client_ID names the customer globex, of which no destination 314 is known; there is one of acme. If that is meant, add ?customer=ID to the address.',
    ]);
    expect((await send(gateway, message, { query: '?customer=acme' })).status).toBe(200);
    // A customer that the key may not see is any word.
    expect((await send(gateway, message, as('acme-key'))).status).toBe(200);
  });

  it('needs not say it where the key sees one of them alone', async () => {
    expect((await send(gateway, messageFor(800, [{ Segment_ID: '1001' }]), as('one-key'))).status).toBe(200);
  });

  it('is in the audit if something was denied, with its name and address', async () => {
    const headers = { ...withKey('acme-key'), 'x-request-id': 'denied-message' };
    await send(gateway, messageFor(566, []), { query: '?customer=globex', headers });
    await eventually(() =>
      gateway.log.some((line) => line['requestId'] === 'denied-message' && line['msg'] === 'audit'),
    );
    const line = gateway.log.find(
      (each) => each['requestId'] === 'denied-message' && each['msg'] === 'audit',
    );
    expect(line).toMatchObject({
      audit: 'denied',
      code: 'NOT_FOUND',
      path: '/messages/annotate',
      customers: ['globex'],
      caller: 'key:acme-ui',
    });
  });
});

describe('a message while Audience Manager does not answer', () => {
  it('has the names that are in memory, after a second and a half', async () => {
    await using gateway = await start();
    await send(gateway, messageFor(314, [{ Segment_ID: 1001 }]));
    gateway.simulator.fault({ action: { kind: 'hang' } });
    gateway.clock.advance(61_000);
    const sending = send(gateway, messageFor(314, [{ Segment_ID: 1001 }, { Segment_ID: 4711 }]));
    await gateway.clock.timer((ms) => ms === 1_500);
    gateway.clock.advance(1_500);
    const answer = await sending;
    expect(answer.status).toBe(200);
    expect(segmentsIn(answer)).toMatchObject([
      { Segment_Name: 'Segment 1', Segment_Lookup: 'FOUND' },
      { Segment_Name: null, Segment_Label: '4711', Segment_Lookup: 'UNCHECKED' },
    ]);
    expect(await gateway.metric('aam_gateway_messages_total{outcome="partial"}')).toBe(1);
  });

  it('does not wait where another one waits in vain, until the destination is read', async () => {
    await using gateway = await start();
    await send(gateway, messageFor(314, [{ Segment_ID: 1001 }]));
    gateway.simulator.edit('acme', 314, { add: { mappingId: 2002, sid: 1, name: 'Brand new' } });
    gateway.clock.advance(61_000);
    const { until, answerAgain } = held();
    gateway.simulator.fault({ action: { kind: 'hold', until } });
    const sending = send(gateway, messageFor(314, [{ Segment_ID: 2002 }]));
    await gateway.clock.timer((ms) => ms === 1_500);
    gateway.clock.advance(1_500);
    await sending;
    // The clock stands still now: a message that waited would never be answered.
    const both = messageFor(314, [{ Segment_ID: 1001 }, { Segment_ID: 2002 }]);
    expect(segmentsIn(await send(gateway, both))).toMatchObject([
      { Segment_Name: 'Segment 1', Segment_Lookup: 'FOUND' },
      { Segment_Name: null, Segment_Lookup: 'UNCHECKED' },
    ]);
    expect(await gateway.metric('aam_gateway_messages_total{outcome="partial"}')).toBe(2);
    await send(gateway, messageFor(314, [{ Segment_ID: 1001 }]));
    expect(await gateway.metric('aam_gateway_messages_total{outcome="partial"}')).toBe(2);
    answerAgain();
    await eventually(async () => (await send(gateway, both)).text.includes('Brand new'));
  });

  it('does not wait where the lookup of another one has given up before its time', async () => {
    await using gateway = await start({ config: { freshness: { lookupTimeout: '1234ms' } } });
    await send(gateway, messageFor(314, [{ Segment_ID: 1001 }]));
    gateway.simulator.edit('acme', 314, { add: { mappingId: 2003, sid: 1, name: 'Newer still' } });
    gateway.clock.advance(61_000);
    const { until, answerAgain } = held();
    gateway.simulator.fault({ action: { kind: 'hold', until } });
    const body = messageFor(314, [{ Segment_ID: 2003 }]);
    const sending = send(gateway, body);
    await gateway.clock.timer((ms) => ms === 1_234);
    gateway.clock.advance(1_234);
    expect(segmentsIn(await sending)).toMatchObject([{ Segment_Lookup: 'UNCHECKED' }]);
    // The clock stands still now: a message that waited would never be answered.
    expect(segmentsIn(await send(gateway, body))).toMatchObject([{ Segment_Lookup: 'UNCHECKED' }]);
    expect(await gateway.metric('aam_gateway_messages_total{outcome="partial"}')).toBe(2);
    answerAgain();
    await eventually(async () => (await send(gateway, body)).text.includes('Newer still'));
  });

  it('does not wait for a destination that another one has waited for, though it was never read', async () => {
    await using gateway = await start();
    const { until, answerAgain } = held();
    gateway.simulator.fault({ action: { kind: 'hold', until } });
    const body = messageFor(314, [{ Segment_ID: 1001 }]);
    const sending = send(gateway, body);
    await gateway.clock.timer((ms) => ms === 1_500);
    gateway.clock.advance(1_500);
    await sending;
    expect(segmentsIn(await send(gateway, body))).toMatchObject([
      { Segment_Lookup: 'FAILED', Segment_Error: 'AAM_UNAVAILABLE' },
    ]);
    answerAgain();
    await eventually(async () => (await send(gateway, body)).text.includes('Segment 1"'));
  });

  it('comes back without names, with the reason, if the destination was never read', async () => {
    await using gateway = await start();
    gateway.simulator.fault({ action: { kind: 'hang' } });
    const sending = send(gateway, messageFor(314, [{ Segment_ID: 1001 }]));
    await gateway.clock.timer((ms) => ms === 1_500);
    gateway.clock.advance(1_500);
    const answer = await sending;
    expect(answer.status).toBe(200);
    expect(segmentsIn(answer)).toEqual([
      {
        Segment_ID: 1001,
        Segment_Name: null,
        Segment_Label: '1001',
        Segment_Status: null,
        Segment_ID_Type: null,
        Segment_Lookup: 'FAILED',
        Segment_Error: 'AAM_UNAVAILABLE',
      },
    ]);
    await eventually(() => gateway.log.some((line) => line['path'] === '/messages/annotate'));
    expect(gateway.log.find((line) => line['path'] === '/messages/annotate')).toMatchObject({
      status: 200,
      outcome: 'partial',
      codes: ['AAM_UNAVAILABLE'],
    });
  });

  it('comes back without names if nobody can say whether there is such a destination', async () => {
    await using gateway = await start({ customers: [{ id: 'acme', discovery: {} }] });
    gateway.simulator.fault({ endpoint: 'destinations', action: { kind: 'status', status: 403 } });
    gateway.clock.advance(61_000);
    const answer = await send(gateway, messageFor(4711, [{ Segment_ID: 1001 }]));
    expect([answer.status, segmentsIn(answer)[0]!['Segment_Error']]).toEqual([200, 'AAM_FORBIDDEN']);
  });

  it('comes back without names, with the reason, if Audience Manager refuses', async () => {
    await using gateway = await start({
      simulated: [passwordCustomer('acme', destination(315, 1, { forbidden: true }))],
    });
    const answer = await send(gateway, messageFor(315, [{ Segment_ID: 1001 }]));
    expect([answer.status, segmentsIn(answer)[0]!['Segment_Error']]).toEqual([200, 'AAM_FORBIDDEN']);
  });
});

describe('a signed message', () => {
  const SIGNATURE = { header: 'X-Signature', algorithm: 'SHA-256', secret: SECRET };
  const access = { apiKeys: API_KEYS };
  const sign = (body: string, secret = SECRET): Record<string, string> => ({
    'x-signature': createHmac('sha256', secret).update(body).digest('base64'),
  });
  const body = messageFor(314, [{ Segment_ID: 1001 }]);

  it('is taken if its signature fits, and refused without a word about it otherwise', async () => {
    await using gateway = await start({ config: { messages: { signature: SIGNATURE } } });
    expect((await send(gateway, body, { headers: sign(body) })).status).toBe(200);
    const wrong = await send(gateway, `${body} `, { headers: sign(body) });
    expect(errorIn(wrong)).toEqual([
      401,
      'UNAUTHENTICATED',
      'The signature in the header x-signature does not fit the message. Send the body as it was received, byte by byte, and check messages.signature.',
    ]);
    expect(wrong.headers.get('www-authenticate')).toBe('HMAC');
    expect(errorIn(await send(gateway, body))).toEqual([
      401,
      'UNAUTHENTICATED',
      'The message is not signed: it needs its signature in the header x-signature, as messages.signature of the configuration says.',
    ]);
    // Before anything is read of the message.
    expect(errorIn(await send(gateway, '{'))[0]).toBe(401);
    expect(gateway.logLines.join('')).not.toContain(SECRET);
  });

  it('needs the key of its sender as well', async () => {
    await using gateway = await start({ config: { messages: { signature: SIGNATURE } } });
    const answer = await send(gateway, body, { headers: { ...sign(body), 'x-api-key': 'wrong' } });
    expect(errorIn(answer)[0]).toBe(401);
  });

  it('is in the audit if it is refused, with the reason', async () => {
    await using gateway = await start({ config: { messages: { signature: SIGNATURE } } });
    await send(gateway, body, { headers: sign(body, 'other') });
    await eventually(() => gateway.log.some((line) => line['msg'] === 'audit'));
    expect(gateway.log.find((line) => line['msg'] === 'audit')).toMatchObject({
      audit: 'denied',
      code: 'UNAUTHENTICATED',
      reason: 'the signature is wrong',
      caller: 'key:partner',
    });
    expect(await gateway.metric('aam_gateway_messages_total{outcome="rejected"}')).toBe(1);
  });

  it('may be signed with a new secret after a reload, and with the previous one as long as that is configured', async () => {
    await using gateway = await start({ config: { messages: { signature: SIGNATURE } } });
    const signature = { ...SIGNATURE, secret: 'new', previousSecret: SECRET };
    gateway.reload({ access, messages: { signature } });
    expect((await send(gateway, body, { headers: sign(body, 'new') })).status).toBe(200);
    expect((await send(gateway, body, { headers: sign(body) })).status).toBe(200);
    gateway.reload({ access, messages: { signature: { ...SIGNATURE, secret: 'new' } } });
    expect((await send(gateway, body, { headers: sign(body) })).status).toBe(401);
  });

  it('is needed until the next start, if a reloaded file no longer says so', async () => {
    await using gateway = await start({ config: { messages: { signature: SIGNATURE } } });
    gateway.reload({ access });
    expect((await send(gateway, body)).status).toBe(401);
    expect(gateway.log.find((line) => Array.isArray(line['keys']))).toMatchObject({
      keys: ['messages.signature'],
    });
  });

  it('is not needed by default, and needed after a reload that says so', async () => {
    await using gateway = await start();
    expect((await send(gateway, body)).status).toBe(200);
    gateway.reload({ access, messages: { signature: SIGNATURE } });
    expect((await send(gateway, body)).status).toBe(401);
  });
});
