import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NamesError } from '../../src/client/index.js';
import { createClient, type ClientOptions, type NamesClient } from '../../src/client/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { FakeClock } from '../support/fake-clock.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { Front, answering, broken, silent } from './front.js';

const ACME = { customerId: 'acme', destinationId: '314' };
const OTHER = { customerId: 'acme', destinationId: '315' };
const FORBIDDEN = { customerId: 'acme', destinationId: '316' };
const KEY = 'a-key-that-nobody-may-read';
const SECOND = 1_000;
/** Nothing listens at the port of echo. */
const NOBODY = 'http://127.0.0.1:4/graphql';

let gateway: TestGateway;
let front: Front;
let clock: FakeClock;
let errors: NamesError[];

beforeAll(async () => {
  const mappings = [
    { mappingId: 1001, sid: 5001, name: 'Segment 1', description: 'About segment 1' },
    { mappingId: 2001, sid: 2002, name: 'One' },
    { mappingId: 2002, sid: 2003, alias: 'cart' },
  ];
  gateway = await TestGateway.start({
    simulated: [
      passwordCustomer(
        'acme',
        destination(314, 0, { mappings }),
        destination(315, 3),
        destination(316, 1, { forbidden: true }),
      ),
    ],
    customers: [{ id: 'acme', destinations: [314, 315, 316].map((id) => ({ id, segmentIdType: 'AUTO' })) }],
    config: { access: { apiKeys: [entryOf(KEY, 'reports', ['acme'])] } },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

beforeEach(async () => {
  front = await Front.start(gateway.url);
  clock = new FakeClock();
  errors = [];
});

afterEach(async () => {
  await front[Symbol.asyncDispose]();
});

/** A client on the time of the test; only the end of a tick comes by itself. */
function clientWith(options: Partial<ClientOptions> = {}): NamesClient {
  return createClient({
    url: front.url,
    key: KEY,
    onError: (error) => errors.push(error),
    random: () => 0.5,
    clock: {
      now: () => clock.now(),
      after: (ms, callback) => {
        if (ms > 0) return clock.schedule(callback, ms);
        const soon = setImmediate(callback);
        return () => clearImmediate(soon);
      },
    },
    ...options,
  });
}

/** Moves the client's time until a call ends. Waits for the timer that it is to wait for. */
async function afterTimer<T>(call: Promise<T>, ms: number): Promise<T> {
  await clock.timer((each) => each === ms);
  clock.advance(ms);
  return await call;
}

describe('names', () => {
  it('are in the order of the IDs, each with what the lookup found out', async () => {
    const names = await clientWith().names(ACME, ['1001', '7', '2002', '1001', '']);
    expect(names.map(({ id, lookup, label }) => [id, lookup, label])).toEqual([
      ['1001', 'FOUND', 'Segment 1'],
      ['7', 'UNKNOWN', '7'],
      ['2002', 'AMBIGUOUS', '2002'],
      ['1001', 'FOUND', 'Segment 1'],
      ['', 'FAILED', ''],
    ]);
    expect(names[0]).toEqual({
      id: '1001',
      lookup: 'FOUND',
      label: 'Segment 1',
      name: 'Segment 1',
      description: 'About segment 1',
      status: 'ACTIVE',
      asOf: expect.stringMatching(/^2026-/) as string,
      stale: false,
      error: null,
    });
    expect(names[1]).toMatchObject({ name: null, status: null, asOf: null, error: null });
    expect(names[4]?.error).toMatchObject({ code: 'BAD_USER_INPUT', isTemporary: false });
    expect(errors).toEqual([]);
  });

  it('of all calls of a tick come with one request, and each ID is in it once', async () => {
    const client = clientWith();
    const calls = [
      client.names(ACME, ['1001', '2001']),
      client.names(OTHER, ['1001']),
      Promise.resolve().then(() => client.names(ACME, ['2001', '7'])),
      client.names({ ...ACME, idType: 'SID' }, ['2002']),
      client.names(ACME, []),
    ];
    const labels = (await Promise.all(calls)).map((names) => names.map(({ label }) => label));
    expect(labels).toEqual([['Segment 1', 'One'], ['Segment 1'], ['One', '7'], ['One'], []]);
    expect(front.requests).toHaveLength(1);
    expect(front.requests[0]?.keys).toHaveLength(5);
  });

  it('are asked for in requests of 1,000 IDs, one after the other, unless more are allowed', async () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => `id-${index}`);
    for (const concurrency of [1, 3]) {
      const names = await clientWith({ concurrency }).names(ACME, ids);
      expect(names.map(({ id }) => id)).toEqual(ids);
      const sizes = front.requests.splice(0).map(({ keys }) => keys.length);
      expect(sizes.sort()).toEqual([1000, 1000, 500]);
      expect(front.mostAtOnce).toBe(concurrency);
    }
  });

  it('of very long IDs fit the requests that the gateway takes, and fail alone', async () => {
    const long = Array.from({ length: 50 }, (_, index) => String(index).padEnd(20_000, '\u0001'));
    const names = await clientWith().names(ACME, [...long, '1001']);
    expect(new Set(names.slice(0, 50).map(({ error }) => error?.code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(names[50]?.label).toBe('Segment 1');
    expect(errors).toEqual([]);
  });

  it('that are asked for while a request is under way become the next one', async () => {
    const client = clientWith();
    const first = client.names(ACME, ['1001']);
    await front.until(() => front.requests.length === 1);
    const further = [client.names(ACME, ['2001', '1001']), client.names(OTHER, ['1002'])];
    expect((await Promise.all([first, ...further])).flat().map(({ label }) => label)).toEqual([
      'Segment 1',
      'One',
      'Segment 1',
      'Segment 2',
    ]);
    expect(front.requests.map(({ keys }) => keys.length)).toEqual([1, 2]);
  });

  it('of 10,000 IDs with long customers and destinations fit the requests that the gateway takes', async () => {
    const destination = {
      customerId: 'é'.repeat(100),
      destinationId: '3'.repeat(20),
      idType: 'AUTO',
    } as const;
    const ids = Array.from({ length: 10_000 }, (_, index) => `id-${index}`);
    const names = await clientWith({ maxIds: 10_000 }).names(destination, ids);
    expect(names).toHaveLength(10_000);
    expect(front.requests).toHaveLength(3);
    expect(errors).toEqual([]);
  });

  it('must be asked for by strings', async () => {
    const numbers = [1001] as unknown as string[];
    await expect(clientWith().names(ACME, numbers)).rejects.toThrow(TypeError);
  });
});

describe('what is remembered', () => {
  it('is asked for again after its time: names, what has no name, and failures', async () => {
    const client = clientWith();
    const ask = async (): Promise<string[]> => {
      front.requests.length = 0;
      await Promise.all([client.names(ACME, ['1001', '7']), client.names(FORBIDDEN, ['1001'])]);
      return front.requests.flatMap(({ keys }) => keys.map((key) => `${key.destinationId} ${key.segmentId}`));
    };
    expect(await ask()).toEqual(['314 1001', '314 7', '316 1001']);
    expect(await ask()).toEqual([]);
    clock.advance(5 * SECOND);
    expect(await ask()).toEqual(['316 1001']);
    clock.advance(55 * SECOND);
    expect(await ask()).toEqual(['314 7', '316 1001']);
    clock.advance(240 * SECOND);
    expect(await ask()).toEqual(['314 1001', '314 7', '316 1001']);
  });

  it('is bounded, and the most recently used stays', async () => {
    const client = clientWith({ cacheSize: 2 });
    for (const id of ['1001', '2001', '1001', '7', '1001']) await client.names(ACME, [id]);
    expect(front.requests.map(({ keys }) => keys[0]?.segmentId)).toEqual(['1001', '2001', '7']);
    const names = await client.names(ACME, ['1001', '2001', '7', '8']);
    expect(names.map(({ id }) => id)).toEqual(['1001', '2001', '7', '8']);
  });

  it('beats an error, however old it is, and says so', async () => {
    const client = clientWith({ retries: 0 });
    const [known] = await client.names(ACME, ['1001']);
    clock.advance(86_400 * SECOND);
    front.replies.push(answering(502));
    const [kept, unknown] = await client.names(ACME, ['1001', '2001']);
    expect(kept).toEqual({ ...known, stale: true, error: errors[0] });
    expect(unknown).toMatchObject({ lookup: 'FAILED', label: '2001' });
    expect(unknown?.error).toBe(errors[0]);
    // It is not asked for again with every call.
    expect((await client.names(ACME, ['1001']))[0]).toEqual(kept);
    expect(front.requests).toHaveLength(2);
    clock.advance(5 * SECOND);
    expect((await client.names(ACME, ['1001']))[0]).toMatchObject({ stale: false, error: null });
  });
});

describe('what is forgotten', () => {
  it.each([
    ['NOT_FOUND', JSON.stringify({ data: { lookupSegments: [failed('NOT_FOUND')] } })],
    ['UNAUTHENTICATED', JSON.stringify({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })],
    ['FORBIDDEN', JSON.stringify({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })],
  ])('is the name of an ID that may not be seen any more: %s', async (code, body) => {
    const client = clientWith();
    await client.names(ACME, ['1001']);
    clock.advance(300 * SECOND);
    front.replies.push(answering(200, {}, body));
    const hidden = { label: '1001', name: null, lookup: 'FAILED', error: { code } };
    expect((await client.names(ACME, ['1001']))[0]).toMatchObject(hidden);
    clock.advance(5 * SECOND);
    front.replies.push(answering(500));
    expect((await client.names(ACME, ['1001']))[0]).toMatchObject({ name: null, lookup: 'FAILED' });
  });

  function failed(code: string): object {
    return { status: 'FAILED', segment: null, error: { code, message: 'no' } };
  }
});

describe('a failure', () => {
  it('of one destination is of its own IDs alone', async () => {
    const client = clientWith();
    const [good, bad, none] = await Promise.all([
      client.names(ACME, ['1001']),
      client.names(FORBIDDEN, ['1001']),
      client.names({ customerId: 'globex', destinationId: '1' }, ['1']),
    ]);
    expect(front.requests).toHaveLength(1);
    expect(good[0]).toMatchObject({ label: 'Segment 1', error: null });
    expect(bad[0]).toMatchObject({ lookup: 'FAILED', error: { code: 'AAM_FORBIDDEN', isTemporary: false } });
    expect(none[0]).toMatchObject({ lookup: 'FAILED', error: { code: 'NOT_FOUND' } });
    expect(errors).toEqual([]);
  });

  it.each([
    ['of the status 429', answering(429)],
    ['of the status 503', answering(503)],
    ['of a proxy', answering(502)],
    ['of the connection', broken],
  ])('%s is followed by another attempt, later each time', async (_, reply) => {
    front.replies.push(reply, reply, reply);
    const names = clientWith().names(ACME, ['1001']);
    for (const delay of [100, 200]) {
      await clock.timer((ms) => ms === delay);
      clock.advance(delay);
    }
    expect((await afterTimer(names, 400))[0]).toMatchObject({ label: 'Segment 1', error: null });
    expect(front.requests).toHaveLength(4);
    expect(errors).toEqual([]);
  });

  it('is repeated when the gateway says, in seconds or by a date, a little later at most', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    front.replies.push(answering(503, { 'retry-after': '8' }), answering(429, { 'retry-after': date }));
    const names = clientWith({ timeout: 2 * 3_600_000 }).names(ACME, ['1001']);
    await clock.timer((ms) => ms === 8 * SECOND + 100);
    clock.advance(8 * SECOND + 100);
    const delay = await clock.timer((ms) => ms > 3_590_000 && ms < 3_601_000);
    expect(front.requests).toHaveLength(2);
    clock.advance(delay);
    expect((await names)[0]?.label).toBe('Segment 1');
  });

  it('is none to wait for if the gateway asks for more than the time-out', async () => {
    front.replies.push(answering(429, { 'retry-after': '20' }));
    const [name] = await clientWith().names(ACME, ['1001']);
    expect(name?.error).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfterMs: 20 * SECOND });
    expect(name?.error?.isTemporary).toBe(true);
    expect(front.requests).toHaveLength(1);
  });

  it.each([
    ['a wrong key', { key: 'another' }, [], { code: 'UNAUTHENTICATED', status: 401 }],
    ['something else than a gateway', {}, [answering(200)], { code: 'BAD_RESPONSE', status: 200 }],
    ['too few results', {}, [answering(200, {}, '{"data":{"lookupSegments":[]}}')], { code: 'BAD_RESPONSE' }],
    ['a redirect', {}, [answering(307, { location: '/graphql' })], { status: 307, message: /redirects/ }],
    ['nobody at the address', { url: NOBODY }, [], { message: /ECONNREFUSED/ }],
    ['an unknown failure', { fetch: () => Promise.reject(new Error(KEY)) }, [], { message: /listen\.cors/ }],
    ['no token', { token: () => Promise.reject(new Error(KEY)) }, [], { code: 'UNAUTHENTICATED' }],
  ])('because of %s is told once, without the key', async (_, options, replies, expected) => {
    front.replies.push(...replies);
    const client = clientWith({ retries: 0, ...options });
    const names = await client.names(ACME, ['1001', '2001']);
    const { message = expect.anything(), ...rest } = expected as { message?: unknown };
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject(rest);
    if (message instanceof RegExp) expect(errors[0]?.message).toMatch(message);
    for (const name of names) expect(name).toMatchObject({ lookup: 'FAILED', error: errors[0] });
    expect(inspect([names, client], { depth: 20, showHidden: true })).not.toContain(KEY);
    expect(JSON.stringify(names)).not.toContain(KEY);
  });

  it.each([
    ['a result that is null', { data: { lookupSegments: [null] } }],
    ['a result without what is null', { data: { lookupSegments: [{ status: 'UNKNOWN' }] } }],
    ['a segment without what is null', found({ description: undefined })],
    ['a segment whose name is a number', found({ name: 5 })],
    ['an error without code', { data: { lookupSegments: [{ status: 'FAILED', segment: null, error: {} }] } }],
    ['errors that are no list', { errors: { message: KEY } }],
    ['an error that is null', { errors: [null] }],
    ['an error whose parts are no texts', { errors: [{ message: { KEY }, extensions: { code: 5 } }] }],
    ['data that is a text', { data: KEY }],
    ['a text', KEY],
    ['null', null],
  ])('because of %s is that of a bad response', async (_, body) => {
    front.replies.push(answering(200, {}, JSON.stringify(body)));
    const client = clientWith();
    const [name] = await client.names(ACME, ['1001']);
    expect(name).toMatchObject({ lookup: 'FAILED', error: { code: 'BAD_RESPONSE', status: 200 } });
    expect(name?.error?.message).toBe('The response has status 200 and no names.');
    expect(front.requests).toHaveLength(1);
    expect((await client.names(OTHER, ['1001']))[0]?.lookup).toBe('FOUND');
  });

  it.each([
    [408, 'BAD_USER_INPUT', true],
    [429, 'QUERY_TOO_COMPLEX', true],
    [500, 'INTERNAL_SERVER_ERROR', true],
    [502, undefined, true],
    [200, 'BAD_USER_INPUT', false],
    [401, undefined, false],
    [404, undefined, false],
  ])('with the status %i and the code %s can pass by itself: %s', async (status, code, isTemporary) => {
    const body = JSON.stringify({ errors: [{ message: 'no', extensions: { code } }] });
    front.replies.push(answering(status, {}, body));
    const [name] = await clientWith({ retries: 0 }).names(ACME, ['1001']);
    expect(name?.error).toMatchObject({ status, isTemporary, ...(code === undefined ? {} : { code }) });
  });

  it('of whoever is told does not keep the client from going on', async () => {
    const thrown: unknown[] = [];
    const note = (error: unknown): unknown => thrown.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', note);
    try {
      const client = clientWith({
        retries: 0,
        onError: () => {
          throw new Error('the log is full');
        },
      });
      front.replies.push(answering(500));
      expect((await client.names(ACME, ['1001']))[0]?.lookup).toBe('FAILED');
      clock.advance(5 * SECOND);
      expect((await client.names(OTHER, ['1001']))[0]?.lookup).toBe('FOUND');
      expect(thrown).toEqual([new Error('the log is full')]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    }
  });
});

/** An answer with one segment. */
function found(segment: object): object {
  const whole = { label: 'a', name: 'a', description: null, status: 'ACTIVE', asOf: '2026-01-01T00:00:00Z' };
  const result = { status: 'FOUND', segment: { ...whole, stale: false, ...segment }, error: null };
  return { data: { lookupSegments: [result] } };
}

describe('a gateway', () => {
  it('is not asked for other IDs before the time that it asked to wait for, and that is told once', async () => {
    const client = clientWith({ failedTtl: 0 });
    front.replies.push(answering(429, { 'retry-after': '60' }));
    for (const id of ['1001', '2001', '7']) {
      const [name] = await client.names(ACME, [id]);
      expect(name?.error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 60 * SECOND });
    }
    clock.advance(60 * SECOND - 1);
    expect((await client.names(OTHER, ['1001']))[0]?.lookup).toBe('FAILED');
    expect(front.requests).toHaveLength(1);
    expect(errors).toHaveLength(1);
    clock.advance(1);
    expect((await client.names(ACME, ['2001']))[0]?.label).toBe('One');
  });

  it('is not asked again for an hour at most, whatever it says', async () => {
    const client = clientWith();
    front.replies.push(answering(503, { 'retry-after': '9'.repeat(400) }));
    await client.names(ACME, ['1001']);
    clock.advance(3_600 * SECOND);
    expect((await client.names(ACME, ['1001']))[0]?.label).toBe('Segment 1');
  });

  it('that is silent delays one call, and not those after it', async () => {
    const client = clientWith();
    front.replies.push(silent, silent);
    const call = client.names(ACME, ['1001']);
    await front.until(() => front.requests.length === 1);
    const [name] = await afterTimer(call, 20 * SECOND);
    expect(name?.error?.code).toBe('TIMEOUT');
    expect((await client.names(ACME, ['2001']))[0]?.error?.code).toBe('TIMEOUT');
    expect(front.requests).toHaveLength(1);
    expect(errors.map(({ code }) => code)).toEqual(['TIMEOUT']);
  });

  it.each(['0', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'that asks to wait for no time (%s) is asked again as if it had not said so',
    async (value) => {
      const reply = answering(503, { 'retry-after': value });
      front.replies.push(reply, reply);
      const names = clientWith().names(ACME, ['1001']);
      await clock.timer((ms) => ms === 100);
      clock.advance(100);
      expect((await afterTimer(names, 200))[0]?.label).toBe('Segment 1');
    },
  );
});

describe('waiting', () => {
  it('ends after the time-out, with what is known by then, and the request ends with it', async () => {
    const client = clientWith();
    await client.names(ACME, ['1001']);
    clock.advance(300 * SECOND);
    front.replies.push(silent);
    const call = client.names(ACME, ['1001', '2001']);
    await front.until(() => front.requests.length === 2);
    const [kept, missing] = await afterTimer(call, 20 * SECOND);
    expect(kept).toMatchObject({ label: 'Segment 1', stale: true, error: { code: 'TIMEOUT' } });
    expect(missing).toMatchObject({ lookup: 'FAILED', error: { code: 'TIMEOUT', isTemporary: true } });
    await front.until(() => front.abandoned === 1);
    clock.advance(5 * SECOND);
    expect((await client.names(ACME, ['2001']))[0]?.label).toBe('One');
  });

  it('ends with the signal of the call; others go on waiting for the same', async () => {
    const client = clientWith();
    const leaving = new AbortController();
    let answer = (): void => undefined;
    front.replies.push((response) => {
      const results = [{ status: 'UNKNOWN', segment: null, error: null }];
      answer = () => response.end(JSON.stringify({ data: { lookupSegments: results } }));
    });
    const left = client.names(ACME, ['1001'], { signal: leaving.signal });
    const stays = client.names(ACME, ['1001']);
    await front.until(() => front.requests.length === 1);
    leaving.abort(new Error('the page was closed'));
    await expect(left).rejects.toThrow('the page was closed');
    answer();
    expect((await stays)[0]?.lookup).toBe('UNKNOWN');
    await expect(client.names(ACME, ['7'], { signal: leaving.signal })).rejects.toThrow(
      'the page was closed',
    );
  });

  it('of nobody ends the request, and what is not sent yet is never sent', async () => {
    const client = clientWith();
    const leaving = new AbortController();
    front.replies.push(silent);
    const calls = [client.names(ACME, ['1001'], { signal: leaving.signal })];
    await front.until(() => front.requests.length === 1);
    calls.push(client.names(ACME, ['2001'], { signal: leaving.signal }));
    leaving.abort();
    for (const call of calls) await expect(call).rejects.toThrow('aborted');
    await front.until(() => front.abandoned === 1);
    expect((await client.names(ACME, ['1001']))[0]?.label).toBe('Segment 1');
    expect(front.requests).toHaveLength(2);
    expect(errors).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('for a token that never comes ends as well', async () => {
    let token: string | Promise<string> = new Promise<string>(() => undefined);
    const client = createClientWithToken(() => token);
    const [name] = await afterTimer(client.names(ACME, ['1001']), 20 * SECOND);
    expect(name?.error?.code).toBe('TIMEOUT');
    clock.advance(5 * SECOND);
    token = 'no-token-of-this-gateway';
    expect((await client.names(ACME, ['1001']))[0]?.error?.code).toBe('UNAUTHENTICATED');
    expect(front.requests[0]?.headers['authorization']).toBe('Bearer no-token-of-this-gateway');
  });

  function createClientWithToken(token: () => string | Promise<string>): NamesClient {
    return createClient({
      url: front.url,
      token,
      clock: {
        now: () => clock.now(),
        after: (ms, callback) => {
          if (ms > 0) return clock.schedule(callback, ms);
          callback();
          return () => undefined;
        },
      },
    });
  }
});

describe('a client', () => {
  it.each([
    { timeout: Infinity },
    { timeout: 0 },
    { retries: NaN },
    { retries: -1 },
    { concurrency: 0 },
    { concurrency: NaN },
    { maxIds: 0 },
    { cacheSize: -1 },
    { ttl: NaN },
    { unknownTtl: -1 },
    { failedTtl: '5' as unknown as number },
  ])('is not made with %o', (options) => {
    expect(() => clientWith(options)).toThrow(TypeError);
    expect(() => clientWith(options)).toThrow(`${Object.keys(options)[0]}: must be a number`);
  });

  it('is not made with an address or a key that cannot be used, and does not repeat it', () => {
    expect(() => createClient({ url: '/graphql' })).toThrow('url:');
    expect(() => createClient({ url: `https://user:${KEY}@names.example.com/` })).toThrow('without user');
    for (const options of [{ url: front.url, key: `${KEY}\n${KEY}` }, { url: `ftp://${KEY}@host/` }]) {
      const making = (): unknown => createClient(options);
      expect(making).toThrow(TypeError);
      expect(making).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(KEY) as string }),
      );
    }
  });
});
