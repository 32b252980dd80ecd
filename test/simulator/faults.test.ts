import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { AudienceManagerSimulator, FaultAction } from '../../src/simulator/index.js';
import {
  ACME_GRANT,
  asAcme,
  type Get,
  json,
  type PageBody,
  postPassword,
  startSimulator,
  tokenBody,
} from './support.js';

const MAPPINGS = '/destinations/314/mappings/';

async function withFault(action: FaultAction): Promise<{ simulator: AudienceManagerSimulator; get: Get }> {
  const simulator = await startSimulator();
  const get = await asAcme(simulator);
  simulator.fault({ endpoint: 'mappings', action });
  return { simulator, get };
}

describe('the fault', () => {
  it('status responds with a JSON error and headers', async () => {
    const { simulator, get } = await withFault({
      kind: 'status',
      status: 429,
      retryAfter: '7',
      headers: { 'x-request-id': 'abc' },
    });
    const response = await get(MAPPINGS);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-request-id')).toBe('abc');
    expect(await response.json()).toEqual({ code: 'TOO_MANY_REQUESTS', message: 'Too Many Requests' });
    expect(simulator.count({ status: 429 })).toBe(1);
  });

  it('status responds with an HTML page, or with the given body', async () => {
    const html = await (await withFault({ kind: 'status', status: 502, html: true })).get(MAPPINGS);
    expect([html.status, html.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(await html.text()).toContain('<h1>502 Bad Gateway</h1>');
    const own = await (await withFault({ kind: 'status', status: 500, body: '{"a":1}' })).get(MAPPINGS);
    expect([own.status, await own.text()]).toEqual([500, '{"a":1}']);
  });

  it('reset ends the connection before the response', async () => {
    const { simulator, get } = await withFault({ kind: 'reset' });
    await expect(get(MAPPINGS)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(simulator.count({ endpoint: 'mappings', status: 0 })).toBe(1);
  });

  it('truncate sends half of the normal body', async () => {
    const { get } = await withFault({ kind: 'truncate' });
    const response = await get(MAPPINGS);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('truncate sends the content-length of the whole body', async () => {
    const simulator = await startSimulator({ compression: 'none' });
    const get = await asAcme(simulator);
    const whole = await (await get(MAPPINGS)).arrayBuffer();
    simulator.fault({ action: { kind: 'truncate' } });
    const authorization = `Bearer ${simulator.tokensIssued('acme')[0] ?? ''}`;
    const sent = request(simulator.baseUrl + MAPPINGS, { headers: { authorization } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await expect(once(response, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(Number(response.headers['content-length'])).toBe(whole.byteLength);
    expect(bytes).toBe(whole.byteLength >> 1);
  });

  it('stall sends half of the normal body and then nothing until the client disconnects', async () => {
    const simulator = await startSimulator({ compression: 'none' });
    const get = await asAcme(simulator);
    const whole = await (await get(MAPPINGS)).arrayBuffer();
    simulator.fault({ action: { kind: 'stall' } });
    const leaving = new AbortController();
    const response = await get(MAPPINGS, { signal: leaving.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let bytes = 0;
    while (bytes < whole.byteLength >> 1) bytes += (await reader.read()).value?.byteLength ?? 0;
    expect(bytes).toBe(whole.byteLength >> 1);
    const rest = reader.read();
    leaving.abort(new Error('left'));
    await expect(rest).rejects.toThrow('left');
  });

  it('bytes changes what is sent below the compression, and says what it is', async () => {
    const { get } = await withFault({
      kind: 'bytes',
      transform: (bytes) => Buffer.from(bytes.toString(), 'utf16le'),
      contentType: 'application/json; charset=utf-16le',
    });
    const response = await get(MAPPINGS);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-16le');
    const text = Buffer.from(await response.arrayBuffer()).toString('utf16le');
    expect((JSON.parse(text) as object[])[0]).toMatchObject({ destinationMappingId: 14395 });
  });

  it('bytes keeps the content type if it gives none', async () => {
    const { get } = await withFault({ kind: 'bytes', transform: () => Buffer.of(0xff) });
    const response = await get(MAPPINGS);
    expect(response.headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0xff]);
  });

  it('hang sends no response until the client disconnects', async () => {
    const { simulator, get } = await withFault({ kind: 'hang' });
    const leaving = new AbortController();
    const arrived = simulator.nextCall();
    const answer = get(MAPPINGS, { signal: leaving.signal });
    const call = await arrived;
    leaving.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
    expect(call.status).toBe(0);
  });

  it('hang sends no response until the simulator stops', async () => {
    const { simulator, get } = await withFault({ kind: 'hang' });
    const arrived = simulator.nextCall();
    const failed = expect(get(MAPPINGS)).rejects.toThrow('fetch failed');
    await arrived;
    await simulator.stop();
    await failed;
  });

  it('delay sends the normal response after the given time', async () => {
    const waits: number[] = [];
    const delay = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    const simulator = await startSimulator({ delay });
    const get = await asAcme(simulator);
    simulator.fault({ endpoint: 'mappings', action: { kind: 'delay', ms: 5000 } });
    expect(await json<unknown[]>(get(MAPPINGS))).toHaveLength(11);
    expect(waits).toEqual([5000]);
  });

  it('delay uses a real timer by default', async () => {
    const { get } = await withFault({ kind: 'delay', ms: 5 });
    const before = performance.now();
    await get(MAPPINGS);
    expect(performance.now() - before).toBeGreaterThanOrEqual(4);
  });

  it('hold computes the response after the promise has resolved', async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    const { simulator, get } = await withFault({ kind: 'hold', until });
    const arrived = simulator.nextCall();
    const answer = json<unknown[]>(get(MAPPINGS));
    await arrived;
    simulator.destination('acme', 314).mappings = [];
    release();
    expect(await answer).toEqual([]);
  });

  it('body responds with status 200 and the given body', async () => {
    const response = await (await withFault({ kind: 'body', body: '{"list":' })).get(MAPPINGS);
    expect([response.status, await response.text()]).toEqual([200, '{"list":']);
    expect(response.headers.get('content-type')).toContain('application/json');
    const page = await (
      await withFault({ kind: 'body', body: '<p>Hello</p>', contentType: 'text/html' })
    ).get(MAPPINGS);
    expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/html', '<p>Hello</p>']);
  });

  it.each(['none', 'gzip', 'br'] as const)(
    'huge streams the given number of bytes (compression %s)',
    async (compression) => {
      const simulator = await startSimulator({ compression });
      const get = await asAcme(simulator);
      simulator.fault({ endpoint: 'mappings', action: { kind: 'huge', bytes: 1_000_001 } });
      const response = await get(MAPPINGS);
      expect(response.headers.get('content-length')).toBeNull();
      expect(response.headers.get('content-encoding')).toBe(compression === 'none' ? null : compression);
      const text = await response.text();
      expect(text).toHaveLength(1_000_001);
      expect(text).toMatch(/^\[\{"destinationMappingId":1,/);
    },
  );

  it('huge stops when the client disconnects', async () => {
    const { simulator, get } = await withFault({ kind: 'huge', bytes: Number.MAX_SAFE_INTEGER });
    const response = await get(MAPPINGS);
    await response.body?.cancel();
    await simulator.stop();
    expect(simulator.count({ endpoint: 'mappings', status: 200 })).toBe(1);
  });

  it('redirect responds with status 302', async () => {
    const { get } = await withFault({ kind: 'redirect', location: 'http://127.0.0.1:1/' });
    const response = await get(MAPPINGS, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/']);
  });

  it('oauth-error affects only token endpoints', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    const fault = simulator.fault({ action: { kind: 'oauth-error', error: 'invalid_grant' } });
    simulator.fault({
      after: 1,
      action: { kind: 'oauth-error', error: 'unauthorized', description: 'Locked' },
    });
    expect((await get(MAPPINGS)).status).toBe(200);
    const first = await postPassword(simulator, ACME_GRANT);
    expect([first.status, (await tokenBody(first)).error]).toEqual([400, 'invalid_grant']);
    fault.remove();
    await postPassword(simulator, ACME_GRANT);
    const second = await postPassword(simulator, ACME_GRANT);
    expect(second.status).toBe(401);
    expect(await second.json()).toEqual({ error: 'unauthorized', error_description: 'Locked' });
  });

  it('shift changes the mappings between two pages', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    simulator.fault({
      page: 0,
      times: 1,
      action: { kind: 'shift', remove: [14395, 14396], add: [{ mappingId: 99, sid: 1 }] },
    });
    const first = await json<PageBody>(get(`${MAPPINGS}?page=0&pageSize=6`));
    const second = await json<PageBody>(get(`${MAPPINGS}?page=1&pageSize=6`));
    expect([first.total, second.total]).toEqual([11, 10]);
    expect(first.list.at(-1)?.['sid']).toBe(80926);
    expect(second.list.map(({ sid }) => sid)).toEqual([80929, 80930, 80931, 1]);
  });

  it('rows changes the mappings of a list, with or without paging', async () => {
    const { get } = await withFault({ kind: 'rows', transform: (rows) => [...rows.slice(0, 1), null] });
    expect(await json(get(MAPPINGS))).toMatchObject([{ sid: 80920 }, null]);
    expect(await json(get(`${MAPPINGS}?page=0`))).toMatchObject({ total: 11, list: [{ sid: 80920 }, null] });
  });

  it('answer changes the whole body of a successful response', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    simulator.fault({
      endpoint: 'destination',
      action: { kind: 'answer', transform: (answer) => ({ ...(answer as object), name: 'Other' }) },
    });
    expect(await json(get('/destinations/314'))).toMatchObject({ destinationId: 314, name: 'Other' });
    expect((await get('/destinations/1')).status).toBe(404);
  });

  it('whose transform function throws leads to status 500', async () => {
    const { get } = await withFault({
      kind: 'rows',
      transform: () => {
        throw new Error('error in the test');
      },
    });
    const response = await get(MAPPINGS);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('error in the test');
  });
});
