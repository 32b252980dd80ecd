import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TestGateway } from '../support/gateway.js';
import { RawConnection, type RawAnswer } from '../support/raw-connection.js';
import {
  attack,
  attackOneGateway,
  codesOf,
  expectNames,
  HOSTILE,
  many,
  nested,
  type Sent,
} from './support.js';

const QUESTION = JSON.stringify({ query: '{ customers { totalCount } }' });
/** How often slow bodies are looked at, in milliseconds. */
const CHECK_MS = 250;
const ANSWER = { data: { customers: { totalCount: 1 } } };

/** A request's head; what follows `fields` is as HTTP wants it. */
function head(fields = '', line = 'POST /graphql HTTP/1.1'): string {
  return `${line}\r\nHost: localhost\r\nX-Api-Key: ${HOSTILE['x-api-key']}\r\nContent-Type: application/json\r\n${fields}\r\n`;
}

function whole(body: string): string {
  return head(`Content-Length: ${Buffer.byteLength(body)}\r\n`) + body;
}

function codeOf(answer: RawAnswer | null): string | undefined {
  return /"code":"(\w+)"/.exec(answer?.body ?? '')?.[1];
}

describe('a hostile request', () => {
  let gateway: TestGateway;

  attackOneGateway((started) => {
    gateway = started;
  });

  /** Resolves when a body is waited for, after `beginToWatch`. */
  const watched = (): Promise<number> => gateway.clock.timer((ms) => ms === CHECK_MS);

  /** What comes of it while time goes by: however late the gateway gets to see the request, it gets old. */
  const inTime = async <T>(promise: Promise<T>): Promise<T> => {
    const settled = new Set<true>();
    const settle = (): void => void settled.add(true);
    promise.then(settle, settle);
    for (let turn = 0; turn < 1_000_000 && settled.size === 0; turn += 1) {
      gateway.clock.advance(CHECK_MS);
      await setImmediate();
    }
    return await promise;
  };

  /** Lets go of what was waited for before. */
  const beginToWatch = (): void => gateway.clock.advance(CHECK_MS);

  it.each<[string, Sent, number]>([
    ['with a body of 5 MB', { body: JSON.stringify({ query: 'x'.repeat(5e6) }) }, 413],
    ['without a body', { body: '' }, 400],
    ['that is not JSON', { body: '{"query": ' }, 400],
    ['that is null', { body: 'null' }, 400],
    ['that is empty', { body: '{}' }, 400],
    ['that is a number', { body: '1' }, 400],
    ['with a number for an operation', { body: '{"query":1}' }, 400],
    ['with a number for its name', { body: '{"query":"{ __typename }","operationName":1}' }, 400],
    ['with a text for variables', { body: '{"query":"{ __typename }","variables":"x"}' }, 400],
    ['with a list for variables', { body: '{"query":"{ __typename }","variables":[]}' }, 400],
    ['that is a batch of 100', { body: `[${many(100, () => QUESTION, ',')}]` }, 400],
    ['of 100,000 lists inside lists', { body: nested(100_000, '[', ']') }, 400],
    ['of a million lists without an end', { body: '['.repeat(1_000_000) }, 400],
    ['of 100,000 objects inside objects', { body: nested(100_000, '{"a":', '}', '1') }, 400],
    [
      'with __proto__ deep inside',
      { body: nested(100_000, '{"a":', '}', '{"__proto__":{"isAdmin":true}}') },
      400,
    ],
    ['with __proto__', { body: `{"__proto__":{"isAdmin":true},${QUESTION.slice(1)}` }, 400],
    ['with an escaped __proto__', { body: `{"\\u005f_proto__":{"isAdmin":true},${QUESTION.slice(1)}` }, 400],
    [
      'with __proto__ in its variables',
      { body: `{"variables":{"__proto__":{"isAdmin":true}},${QUESTION.slice(1)}` },
      400,
    ],
    [
      'with a constructor’s prototype in its variables',
      { body: `{"variables":{"constructor":{"prototype":{"isAdmin":true}}},${QUESTION.slice(1)}` },
      400,
    ],
    [
      'with bytes that are no UTF-8',
      { body: Buffer.concat([Buffer.from('{"query":"# '), Buffer.of(0xff, 0xc3), Buffer.from('"}')]) },
      400,
    ],
    ['in UTF-16', { body: Buffer.from(QUESTION, 'utf16le') }, 400],
    ['that says it is compressed', { headers: { 'content-encoding': 'gzip' }, body: QUESTION }, 415],
    ['that is plain text', { headers: { 'content-type': 'text/plain' }, body: QUESTION }, 415],
    [
      'that is a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query=%7B__typename%7D' },
      415,
    ],
    [
      'that is a form of several parts',
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
      415,
    ],
    [
      'that is bare GraphQL',
      { headers: { 'content-type': 'application/graphql' }, body: '{ __typename }' },
      415,
    ],
    ['of a type that is none', { headers: { 'content-type': 'json, please;;' }, body: QUESTION }, 415],
    ['for a picture', { headers: { accept: 'image/png' }, body: QUESTION }, 406],
    ['with parameters that are given twice', get('/graphql?query={__typename}&query={__typename}'), 400],
    [
      'with variables that are not JSON',
      get(`/graphql?query={__typename}&variables=${'['.repeat(5_000)}`),
      400,
    ],
    [
      'that would change something by GET',
      get('/graphql?query=mutation{unsetSegment(key:{customerId:"a",destinationId:"b",segmentId:"c"}){id}}'),
      405,
    ],
    ['with an address that is not well-formed', get('/%zz'), 400],
    ['with an address in bytes that are no UTF-8', get('/export/%ff/%c0.csv'), 400],
    ['for an export of a customer with a very long ID', get(`/export/${'a'.repeat(1_001)}/x.csv`), 400],
    ['for an export of a destination with a very long ID', get(`/export/a/${'x'.repeat(1_001)}.csv`), 400],
    ['for an export of a customer with a line break in its ID', get('/export/a%0Ab/x.csv'), 400],
    ['for an export of a destination with an escape sequence', get('/export/a/%1B%5B31m.csv'), 400],
    ['for an export of a destination without an ID', get('/export/a/.csv'), 400],
  ])('%s is the sender’s mistake', async (_, sent, status) => {
    const received = await attack(gateway, sent);
    expect(codesOf(received)).toEqual(['BAD_USER_INPUT']);
    expect(received.status).toBe(status);
    expect(received.body?.errors).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });

  it.each<[string, Sent, number, string]>([
    ['with a very long address', get(`/${'a'.repeat(15_000)}`), 404, 'NOT_FOUND'],
    ['by PUT', { method: 'PUT', body: QUESTION }, 405, 'BAD_USER_INPUT'],
    ['by DELETE', { method: 'DELETE', headers: { 'content-type': 'text/plain' } }, 405, 'BAD_USER_INPUT'],
    [
      'with a key of 15 KB',
      { headers: { 'x-api-key': 'k'.repeat(15_000) }, body: QUESTION },
      401,
      'UNAUTHENTICATED',
    ],
    [
      'with a token without a signature',
      {
        headers: { 'x-api-key': '', authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' },
        body: QUESTION,
      },
      401,
      'UNAUTHENTICATED',
    ],
    [
      'with rubbish for a token',
      { headers: { 'x-api-key': '', authorization: `Bearer ${'.'.repeat(10_000)}` }, body: QUESTION },
      401,
      'UNAUTHENTICATED',
    ],
    [
      'with blanks for a token',
      { headers: { 'x-api-key': '', authorization: `Bearer ${' '.repeat(10_000)}x y` }, body: QUESTION },
      401,
      'UNAUTHENTICATED',
    ],
    ['for what its key does not allow', get('/metrics'), 403, 'FORBIDDEN'],
  ])('%s is refused', async (_, sent, status, code) => {
    const received = await attack(gateway, sent);
    expect(codesOf(received)).toEqual([code]);
    expect(received.status).toBe(status);
  });

  it('by HEAD or OPTIONS is answered without a body', async () => {
    expect(await attack(gateway, { method: 'HEAD', headers: { 'content-type': '' } })).toMatchObject({
      status: 405,
      text: '',
    });
    expect(await attack(gateway, { method: 'OPTIONS' })).toMatchObject({ status: 204, text: '' });
  });

  it('keeps its connection although its body is refused', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(whole('x'.repeat(5e6)) + whole(QUESTION));
    expect(await connection.answer()).toMatchObject({ status: 413 });
    const next = await connection.answer();
    expect(JSON.parse(next?.body ?? '')).toEqual(ANSWER);
  });

  it('gets its answer although it closes the connection and its body is refused', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(head('Connection: close\r\nContent-Length: 5000000\r\n') + 'x'.repeat(5e6));
    const answer = await connection.answer();
    expect(answer?.status).toBe(413);
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
  });

  it('in chunks without an end is cut off', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(head('Transfer-Encoding: chunked\r\n'));
    const megabyte = `100000\r\n${'x'.repeat(2 ** 20)}\r\n`;
    let answer: RawAnswer | null | undefined;
    void connection.answer().then((received) => {
      answer = received;
    });
    while (answer === undefined) {
      connection.send(megabyte);
      // Far more than the slowest that is allowed, so that it is its length that ends it.
      gateway.clock.advance(CHECK_MS);
      await expectNames(gateway);
    }
    expect(answer?.status).toBe(413);
    await connection.closed();
  });

  it('with 100 others on one connection is answered, and so are they, in their order', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    const queries = Array.from({ length: 100 }, (_, index) => `{ a${index}: __typename }`);
    connection.send(queries.map((query) => whole(JSON.stringify({ query }))).join(''));
    for (const index of queries.keys()) {
      const answer = await connection.answer();
      expect(JSON.parse(answer?.body ?? '')).toEqual({ data: { [`a${index}`]: 'Query' } });
    }
  });

  it('that waits to be told to go on is told so', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(head(`Expect: 100-continue\r\nContent-Length: ${QUESTION.length}\r\n`));
    expect(await connection.answer()).toMatchObject({ status: 100 });
    connection.send(QUESTION);
    const answer = await connection.answer();
    expect(JSON.parse(answer?.body ?? '')).toEqual(ANSWER);
  });

  it.each<[string, string | Buffer, number]>([
    ['has two lengths', head('Content-Length: 5\r\nContent-Length: 6\r\n') + '{"a":1', 400],
    [
      'has a length and chunks',
      head('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\n',
      400,
    ],
    ['has a length with a sign', head('Content-Length: +5\r\n') + '{"a":', 400],
    ['has a negative length', head('Content-Length: -1\r\n'), 400],
    ['has a length beyond all bounds', head('Content-Length: 99999999999999999999999\r\n'), 400],
    ['is coded twice', head('Transfer-Encoding: chunked, identity\r\n') + '0\r\n\r\n', 400],
    ['is coded in a way that is none', head('Transfer-Encoding: xchunked\r\n') + '0\r\n\r\n', 400],
    ['has a blank before a colon', head('Transfer-Encoding : chunked\r\n') + '0\r\n\r\n', 400],
    [
      'has a header of two lines',
      head(`X-A: b\r\n c\r\nContent-Length: ${QUESTION.length}\r\n`) + QUESTION,
      400,
    ],
    ['has a chunk of negative length', head('Transfer-Encoding: chunked\r\n') + '-1\r\n', 400],
    ['has a chunk beyond all bounds', head('Transfer-Encoding: chunked\r\n') + `${'f'.repeat(17)}\r\n`, 400],
    [
      'has a chunk with a very long name',
      head('Transfer-Encoding: chunked\r\n') + `1;${'a'.repeat(100_000)}\r\nx\r\n`,
      400,
    ],
    ['ends its lines in half', 'GET /healthz HTTP/1.1\nHost: localhost\n\n', 400],
    ['has a line break in a header', 'GET /healthz HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n', 400],
    ['has a NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n', 400],
    [
      'has bytes in its address',
      Buffer.from('GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n', 'latin1'),
      400,
    ],
    ['is of HTTP 3', 'GET /healthz HTTP/3.0\r\nHost: localhost\r\n\r\n', 400],
    ['begins as HTTP 2 does', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['begins as TLS does', Buffer.from('16030100c8010000c40303', 'hex'), 400],
    ['uses a method that is none', 'STEAL /graphql HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    [
      'is nothing but bytes',
      Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 37) % 256)),
      400,
    ],
    ['wants a proxy', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 405],
    ['expects something else', head('Expect: a-miracle\r\nContent-Length: 2\r\n') + '{}', 417],
    [
      'has a header of 20 KB',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    [
      'has an API key of 100 KB',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${'k'.repeat(100_000)}\r\n\r\n`,
      431,
    ],
    [
      'has trailers of 180 KB',
      head('Transfer-Encoding: chunked\r\n') + `1\r\nx\r\n0\r\n${'a: b\r\n'.repeat(30_000)}\r\n`,
      431,
    ],
  ])('that %s is told so, once, and its connection closed', async (_, bytes, status) => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(bytes);
    const answer = await connection.answer();
    expect(answer?.status).toBe(status);
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
    expect(await connection.answer()).toBeNull();
  });

  it.each([
    ['has no host', 'GET /graphql HTTP/1.1\r\n\r\n'],
    ['has two hosts', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nHost: example.com\r\n\r\n'],
    ['has a host that is none', 'GET /graphql HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ])('that %s is told so', async (_, bytes) => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(bytes);
    const answer = await connection.answer();
    expect(answer?.status).toBe(400);
    expect(answer?.body).toContain('The request must have exactly one Host header with a valid host name.');
  });

  it('with two hosts is not answered on the fast path either', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    for (let round = 0; round < 3; round++) {
      connection.send(whole(QUESTION));
      expect(await connection.answer()).toMatchObject({ status: 200 });
    }
    connection.send(whole(QUESTION).replace('Host: localhost', 'Host: localhost\r\nHost: example.com'));
    expect(await connection.answer()).toMatchObject({ status: 400 });
  });

  it('of an old health check without a host is answered', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send('GET /healthz HTTP/1.0\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });

  it('whose body comes a byte at a time is given up', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(head('Content-Length: 1000\r\n'));
    connection.send('{');
    connection.send('"');
    const answer = await inTime(connection.answer());
    expect(answer?.status).toBe(408);
    expect(answer?.body).toContain(
      'The request body arrives too slowly; the minimum is 16384 bytes per second.',
    );
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
    await connection.closed();
  });

  it.each([
    ['without a key', 'POST /graphql HTTP/1.1\r\nHost: localhost\r\n', 401],
    ['for nothing', head('', 'POST /nothing HTTP/1.1').slice(0, -2), 408],
    ['for something without a body', head('', 'GET /healthz HTTP/1.1').slice(0, -2), 200],
  ])('%s whose body does not come holds no connection', async (_, fields, status) => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(`${fields}Content-Length: 1000\r\n\r\n{`);
    expect(await inTime(connection.answer())).toMatchObject({ status });
    await connection.closed();
  });

  it('whose address cannot be read holds no connection', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(head('Content-Length: 1000\r\n', 'POST /%zz HTTP/1.1'));
    expect(await connection.answer()).toMatchObject({ status: 400 });
    await connection.closed();
  });

  it('is waited for while its body comes quickly enough', async () => {
    beginToWatch();
    using connection = await RawConnection.open(gateway.gateway.url);
    const body = QUESTION.padEnd(40_000);
    connection.send(head(`Content-Length: ${body.length}\r\n`));
    await watched();
    connection.send(body.slice(0, 32_768));
    using other = await RawConnection.open(gateway.gateway.url);
    // When this one has its answer, what was sent before has been read.
    other.send(whole(QUESTION));
    expect(await other.answer()).toMatchObject({ status: 200 });
    gateway.clock.advance(3_250);
    connection.send(body.slice(32_768));
    expect(await connection.answer()).toMatchObject({ status: 200 });
  });

  it('that comes a hundred times at once on a connection is answered a hundred times', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(whole(QUESTION).repeat(100));
    for (let round = 0; round < 100; round++) {
      expect(await connection.answer()).toMatchObject({ status: 200 });
    }
  });

  it('that comes 2,000 times at once on a connection ends the connection', async () => {
    const before = await gateway.metric('aam_gateway_rejected_requests_total{reason="too_many_pipelined"}');
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(head('', 'GET /nothing HTTP/1.1').repeat(2_000));
    await connection.closed();
    const after = await gateway.metric('aam_gateway_rejected_requests_total{reason="too_many_pipelined"}');
    expect(after - before).toBe(1);
  });

  it('cannot fill the memory together with others whose bodies do not end', async () => {
    beginToWatch();
    const body = QUESTION.padEnd(1_048_000);
    const connections: RawConnection[] = [];
    try {
      const first = await RawConnection.open(gateway.gateway.url);
      connections.push(first);
      first.send(head('Content-Length: 1048576\r\n') + body);
      await watched();
      for (let count = 0; count < 70; count++) {
        const connection = await RawConnection.open(gateway.gateway.url);
        connections.push(connection);
        connection.send(head('Content-Length: 1048576\r\n') + body);
      }
      const answer = await inTime(first.answer());
      expect(answer?.status).toBe(503);
      expect(answer?.headers.get('retry-after')).toBe('2');
      expect(codeOf(answer)).toBe('RATE_LIMITED');
      using other = await RawConnection.open(gateway.gateway.url);
      other.send(whole(QUESTION));
      expect(await other.answer()).toMatchObject({ status: 200 });
    } finally {
      for (const connection of connections) connection[Symbol.dispose]();
    }
  });
});

function get(path: string): Sent {
  return { method: 'GET', path, headers: { 'content-type': 'application/json' } };
}
