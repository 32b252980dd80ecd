import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { HttpRequest } from '../../src/audience-manager/http.js';
import { openSender } from '../../src/audience-manager/index.js';
import { AudienceManagerSimulator, type FaultAction } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import {
  ACME,
  REQUEST_TIMEOUT_MS,
  codeOf,
  failureOf,
  gate,
  metricValue,
  passWaits,
  readDestination,
  startLoggedIn,
  startUpstream,
  type Upstream,
  type UpstreamOptions,
} from '../support/upstream.js';

async function startWith(
  action: FaultAction,
  times = Infinity,
  http: UpstreamOptions['http'] = {},
): Promise<Upstream> {
  const upstream = await startLoggedIn({ http });
  upstream.simulator.fault({ times, action });
  return upstream;
}

const outcomes = (upstream: Upstream, outcome: string): Promise<number> =>
  metricValue(upstream.metrics.upstreamRequests, { endpoint: 'destination', outcome });

/** Starts an HTTP server for behaviour that the simulator does not have. @returns a request to it */
async function serve(listener: RequestListener): Promise<HttpRequest> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { method: 'GET', url: `http://127.0.0.1:${port}/`, headers: { authorization: 'Bearer t' } };
}

describe('a call that fails temporarily', () => {
  it.each<[string, FaultAction, string]>([
    ['status 502', { kind: 'status', status: 502, html: true }, '502'],
    ['status 503', { kind: 'status', status: 503, html: true }, '503'],
    ['status 504', { kind: 'status', status: 504, html: true }, '504'],
    ['a reset connection', { kind: 'reset' }, 'network'],
    ['half a body', { kind: 'truncate' }, 'network'],
  ])('is retried: %s', async (_name, action, outcome) => {
    const upstream = await startWith(action, 2);
    const call = readDestination(upstream);
    expect(await passWaits(upstream.clock, call)).toEqual([125, 250]);
    expect((await call).name).toBe('Destination 314');
    expect(upstream.simulator.count()).toBe(3);
    expect(await outcomes(upstream, outcome)).toBe(2);
    expect(await outcomes(upstream, '200')).toBe(1);
    expect(await metricValue(upstream.metrics.upstreamDuration, { endpoint: 'destination' })).toBe(3);
  });

  it.each<[string, FaultAction, string]>([
    ['status 502', { kind: 'status', status: 502 }, 'AAM_UNAVAILABLE'],
    ['status 503', { kind: 'status', status: 503, html: true }, 'AAM_UNAVAILABLE'],
    ['status 504', { kind: 'status', status: 504 }, 'AAM_UNAVAILABLE'],
    ['a reset connection', { kind: 'reset' }, 'AAM_UNAVAILABLE'],
    ['half a body', { kind: 'truncate' }, 'AAM_UNAVAILABLE'],
  ])('and goes on failing ends after 4 attempts: %s', async (_name, action, code) => {
    const upstream = await startWith(action);
    const error = await failureOf(readDestination(upstream), upstream.clock);
    expect(error.code).toBe(code);
    expect(error.message).toContain('4 attempts');
    expect(upstream.simulator.count()).toBe(4);
  });

  it('is not retried if retries are 0', async () => {
    const upstream = await startWith({ kind: 'status', status: 503 }, 1, { retries: 0 });
    expect(await codeOf(readDestination(upstream))).toBe('AAM_UNAVAILABLE');
    expect(upstream.simulator.count()).toBe(1);
  });

  it.each([500, 501, 505])('with status %i is not retried', async (status) => {
    const upstream = await startWith({ kind: 'status', status }, 1);
    expect(await codeOf(readDestination(upstream))).toBe('AAM_UNAVAILABLE');
    expect(upstream.simulator.count()).toBe(1);
  });

  it('because nothing listens is retried, then AAM_UNAVAILABLE with the reason', async () => {
    const upstream = await startLoggedIn();
    const gone = await AudienceManagerSimulator.start({ customers: [] });
    await gone.stop();
    const request = { method: 'GET', url: `${gone.baseUrl}/destinations/1`, headers: {} } as const;
    const error = await failureOf(upstream.http.request('destination', request), upstream.clock);
    expect(error.code).toBe('AAM_UNAVAILABLE');
    expect(error.message).toContain('ECONNREFUSED');
    expect(await outcomes(upstream, 'network')).toBe(4);
  });
});

describe('an attempt that takes too long', () => {
  it('is aborted at the timeout, not before, and retried', async () => {
    const upstream = await startWith({ kind: 'hang' }, 1);
    const arrived = upstream.simulator.nextCall();
    const call = readDestination(upstream);
    await arrived;
    expect(upstream.clock.pending()).toEqual([REQUEST_TIMEOUT_MS]);
    upstream.clock.advance(REQUEST_TIMEOUT_MS - 1);
    expect(await outcomes(upstream, 'timeout')).toBe(0);
    upstream.clock.advance(1);
    expect(await passWaits(upstream.clock, call)).toEqual([125]);
    await call;
    expect(await outcomes(upstream, 'timeout')).toBe(1);
    expect(upstream.simulator.count()).toBe(2);
  });

  it('is AAM_UNAVAILABLE when all attempts take too long', async () => {
    const upstream = await startWith({ kind: 'hang' }, Infinity, { retries: 1 });
    const first = upstream.simulator.nextCall();
    const call = failureOf(readDestination(upstream));
    await first;
    upstream.clock.advance(REQUEST_TIMEOUT_MS);
    await upstream.clock.timer((ms) => ms === 125);
    const second = upstream.simulator.nextCall();
    upstream.clock.advance(125);
    await second;
    upstream.clock.advance(REQUEST_TIMEOUT_MS);
    const error = await call;
    expect(error.code).toBe('AAM_UNAVAILABLE');
    expect(error.message).toContain(`${REQUEST_TIMEOUT_MS} ms (2 attempts)`);
  });

  it('is aborted in the middle of the body too', async () => {
    const upstream = await startLoggedIn({ http: { retries: 0 } });
    const begun = gate();
    const request = await serve((_request, response) => {
      response.write('{"half":', () => begun.open());
    });
    const call = failureOf(upstream.http.request('destination', request));
    await begun.opened;
    // When this exchange, which began later, is over, the first half of the body has arrived.
    await (await fetch(upstream.simulator.url)).text();
    upstream.clock.advance(REQUEST_TIMEOUT_MS);
    expect((await call).code).toBe('AAM_UNAVAILABLE');
    expect(await outcomes(upstream, 'timeout')).toBe(1);
  });

  it('leaves no timer behind when it ends in time', async () => {
    const upstream = await startLoggedIn();
    await readDestination(upstream);
    expect(upstream.clock.pending()).toEqual([]);
  });
});

describe('the wait before a retry', () => {
  it.each([
    { random: 0, waits: [0, 0, 0, 0, 0, 0, 0] },
    { random: 0.5, waits: [125, 250, 500, 1000, 2000, 2500, 2500] },
    { random: 0.999, waits: [249.75, 499.5, 999, 1998, 3996, 4995, 4995] },
  ])('is a random share of a doubling time, 5 s at most: $random', async ({ random, waits }) => {
    const upstream = await startWith({ kind: 'status', status: 503 }, Infinity, {
      retries: 7,
      random: () => random,
    });
    const call = failureOf(readDestination(upstream));
    expect(await passWaits(upstream.clock, call)).toEqual(waits);
    await call;
  });

  const inSeconds = (clock: { now(): number }, seconds: number): string =>
    new Date(clock.now() + seconds * 1000).toUTCString();

  it.each([
    { retryAfter: '7', wait: 7000 },
    { retryAfter: '30', wait: 30_000 },
    { retryAfter: '0', wait: 125 },
    { retryAfter: '', wait: 125 },
    { retryAfter: 'soon', wait: 125 },
    { retryAfter: '-5', wait: 125 },
    { retryAfter: '1.5', wait: 125 },
    { retryAfter: '2026-01-15T12:00:09Z', wait: 125 },
    { retryAfter: 'Retry 2030', wait: 125 },
  ])('is at least what Retry-After asks for: "$retryAfter"', async ({ retryAfter, wait }) => {
    const upstream = await startWith({ kind: 'status', status: 503, retryAfter }, 1);
    const call = readDestination(upstream);
    expect(await passWaits(upstream.clock, call)).toEqual([wait]);
    await call;
  });

  it.each([
    { seconds: 7, wait: 7000 },
    { seconds: 30, wait: 30_000 },
    { seconds: -60, wait: 125 },
  ])('may be given as a date $seconds s from now', async ({ seconds, wait }) => {
    const upstream = await startLoggedIn();
    const retryAfter = inSeconds(upstream.clock, seconds);
    upstream.simulator.fault({ times: 1, action: { kind: 'status', status: 503, retryAfter } });
    const call = readDestination(upstream);
    expect(await passWaits(upstream.clock, call)).toEqual([wait]);
    await call;
  });

  it.each([
    { status: 429, seconds: 31, code: 'AAM_RATE_LIMITED' },
    { status: 429, seconds: 3600, code: 'AAM_RATE_LIMITED' },
    { status: 503, seconds: 120, code: 'AAM_UNAVAILABLE' },
  ])(
    'of $seconds s is too long: the call fails at once and says how long',
    async ({ status, seconds, code }) => {
      const upstream = await startLoggedIn();
      for (const isDate of [false, true]) {
        const retryAfter = isDate ? inSeconds(upstream.clock, seconds) : String(seconds);
        upstream.simulator.resetCalls();
        upstream.simulator.fault({ times: 1, action: { kind: 'status', status, retryAfter } });
        const error = await failureOf(readDestination(upstream));
        expect([error.code, error.retryAfterMs]).toEqual([code, seconds * 1000]);
        expect(upstream.simulator.count()).toBe(1);
        expect(upstream.clock.pending()).toEqual([]);
        // A 429 pauses the host nevertheless.
        upstream.clock.advance(30_000);
      }
    },
  );

  it('that the last response asks for is passed on to the caller', async () => {
    const upstream = await startWith({ kind: 'status', status: 503, retryAfter: '20' });
    expect((await failureOf(readDestination(upstream), upstream.clock)).retryAfterMs).toBe(20_000);
    expect(upstream.simulator.count()).toBe(4);
  });

  it('ends when the caller aborts', async () => {
    const upstream = await startWith({ kind: 'status', status: 503 });
    const caller = new AbortController();
    const call = failureOf(readDestination(upstream, '314', caller.signal));
    await upstream.clock.timer((ms) => ms === 125);
    caller.abort();
    expect((await call).code).toBe('AAM_UNAVAILABLE');
    expect(upstream.simulator.count()).toBe(1);
    expect(upstream.clock.pending()).toEqual([]);
  });
});

describe('a redirect', () => {
  it('is not followed, so that no other server gets the token', async () => {
    const target = await AudienceManagerSimulator.start({ customers: [ACME] });
    onTestFinished(() => target.stop());
    const upstream = await startWith({ kind: 'redirect', location: `${target.baseUrl}/destinations/314` });
    expect(await codeOf(readDestination(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(upstream.simulator.count()).toBe(1);
    expect(target.count()).toBe(0);
  });

  it('of the token endpoint is not followed with the password', async () => {
    const target = await AudienceManagerSimulator.start({ customers: [ACME] });
    onTestFinished(() => target.stop());
    const upstream = await startUpstream();
    upstream.simulator.fault({ action: { kind: 'redirect', location: target.passwordTokenUrl } });
    expect(await codeOf(upstream.tokens.get(upstream.account('acme')))).toBe('AAM_BAD_RESPONSE');
    expect(target.count()).toBe(0);
  });
});

describe('the body of a response', () => {
  it.each(['none', 'gzip', 'br'] as const)('is read with compression %s', async (compression) => {
    const description = 'ä€😀'.repeat(3_000);
    const customer = passwordCustomer('acme', destination(314, 1, { description }));
    const upstream = await startLoggedIn({ customers: [customer], simulator: { compression } });
    const padding = 'ä€😀'.repeat(60_000);
    upstream.simulator.fault({
      action: { kind: 'answer', transform: (answer) => ({ padding, ...(answer as object) }) },
    });
    expect((await readDestination(upstream)).description).toBe(description);
    expect(upstream.simulator.calls[0]?.headers['accept-encoding']).toBe('gzip, br');
  });

  it.each(['gzip', 'br'])('that is corrupt %s is AAM_BAD_RESPONSE, without a retry', async (encoding) => {
    const headers = { 'content-encoding': encoding };
    const body = '{"this is":"not compressed at all"}';
    const upstream = await startLoggedIn({ simulator: { compression: 'none' } });
    upstream.simulator.fault({ action: { kind: 'status', status: 200, body, headers } });
    expect(await codeOf(readDestination(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(await outcomes(upstream, 'undecodable')).toBe(1);
    expect(upstream.simulator.count()).toBe(1);
  });

  const BOUND = 64 * 1024;
  it.each([
    { bytes: BOUND, outcome: '200' },
    { bytes: BOUND + 1, outcome: 'too_large' },
  ])('of $bytes bytes ends with $outcome if the limit is 65536', async ({ bytes, outcome }) => {
    for (const compression of ['none', 'gzip', 'br'] as const) {
      const upstream = await startLoggedIn({ simulator: { compression }, http: { maxResponseBytes: BOUND } });
      upstream.simulator.fault({ action: { kind: 'huge', bytes } });
      expect(await codeOf(readDestination(upstream))).toBe('AAM_BAD_RESPONSE');
      expect(await outcomes(upstream, outcome)).toBe(1);
      expect(upstream.simulator.count()).toBe(1);
    }
  });

  it.each(['none', 'gzip', 'br'] as const)(
    'is limited to 64 MiB after decompression by default (%s)',
    async (compression) => {
      const upstream = await startLoggedIn({ simulator: { compression } });
      upstream.simulator.fault({ action: { kind: 'huge', bytes: 64 * 1024 * 1024 + 1 } });
      const error = await failureOf(upstream.client.listMappings(upstream.account('acme'), '314'));
      expect(error.code).toBe('AAM_BAD_RESPONSE');
      expect(error.message).toContain('set a smaller audienceManager.pageSize');
      const { upstreamRequests } = upstream.metrics;
      expect(await metricValue(upstreamRequests, { endpoint: 'mappings', outcome: 'too_large' })).toBe(1);
    },
  );

  it.each([
    { bytes: 1024 * 1024, outcome: '200' },
    { bytes: 1024 * 1024 + 1, outcome: 'too_large' },
  ])('of a single object of $bytes bytes ends with $outcome', async ({ bytes, outcome }) => {
    const upstream = await startWith({ kind: 'huge', bytes });
    expect(await codeOf(readDestination(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(await outcomes(upstream, outcome)).toBe(1);
  });

  it('may be missing', async () => {
    const upstream = await startLoggedIn();
    const request = await serve((_request, response) => response.writeHead(204).end());
    expect(await upstream.http.request('destination', request)).toMatchObject({
      status: 204,
      body: new Uint8Array(0),
    });
  });
});

describe('a response that is not HTTP', () => {
  it('is AAM_UNAVAILABLE after the retries', async () => {
    const upstream = await startLoggedIn();
    const request = await serve(({ socket }) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(await codeOf(upstream.http.request('destination', request), upstream.clock)).toBe(
      'AAM_UNAVAILABLE',
    );
    expect(await outcomes(upstream, 'network')).toBe(4);
  });
});

describe('concurrent calls', () => {
  it('are limited by the concurrency, over all accounts and endpoints', async () => {
    const upstream = await startLoggedIn({
      http: {
        concurrency: 3,
        sender: openSender({ outbound: { ca: null, proxy: null, noProxy: [] }, connections: 100 }),
      },
    });
    const gates = Array.from({ length: 8 }, () => gate());
    for (const [index, { opened }] of gates.entries()) {
      upstream.simulator.fault({
        endpoint: 'destination',
        after: index,
        times: 1,
        action: { kind: 'hold', until: opened },
      });
    }
    const arrived = async (count: number): Promise<void> => {
      while (upstream.simulator.count({ endpoint: 'destination' }) < count)
        await upstream.simulator.nextCall();
    };
    const calls = Promise.all(gates.map(() => readDestination(upstream)));
    for (const [index, { open }] of gates.entries()) {
      const underWay = Math.min(gates.length, index + 3);
      await arrived(underWay);
      // When this call has been answered, another call of the client would have arrived too.
      await fetch(upstream.simulator.url);
      expect(upstream.simulator.count({ endpoint: 'destination' })).toBe(underWay);
      open();
    }
    expect(await calls).toHaveLength(8);
  });

  it('do not include a call that waits for its retry', async () => {
    const upstream = await startLoggedIn({ http: { concurrency: 1 } });
    upstream.simulator.fault({ times: 1, action: { kind: 'status', status: 503 } });
    const first = readDestination(upstream);
    await upstream.clock.timer((ms) => ms === 125);
    await readDestination(upstream);
    expect(upstream.simulator.calls.map(({ status }) => status)).toEqual([503, 200]);
    upstream.clock.advance(125);
    await first;
  });
});

describe('closing', () => {
  it('ends calls in flight, waiting and queued, and starts no others', async () => {
    const upstream = await startLoggedIn({ http: { concurrency: 1 } });
    upstream.simulator.fault({ times: 1, action: { kind: 'status', status: 503 } });
    const waiting = failureOf(readDestination(upstream));
    await upstream.clock.timer((ms) => ms === 125);
    upstream.simulator.fault({ action: { kind: 'hang' } });
    const arrived = upstream.simulator.nextCall();
    const underWay = failureOf(readDestination(upstream));
    await arrived;
    const queued = failureOf(readDestination(upstream));
    await upstream.http.close();
    const later = failureOf(readDestination(upstream));
    for (const error of await Promise.all([waiting, underWay, queued, later])) {
      expect(error.code).toBe('AAM_UNAVAILABLE');
      expect(error.message).toContain('cancelled');
    }
    expect(upstream.simulator.count()).toBe(2);
    expect(upstream.clock.pending()).toEqual([]);
  });
});

describe('many calls without a signal of their own', () => {
  it('wait for their turn without a warning of Node.js', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    const request = await serve((_, response) => void response.end('{}'));
    const { http } = await startUpstream({ http: { concurrency: 1 } });
    await Promise.all(Array.from({ length: 20 }, () => http.request('token', request)));
    expect(warn).not.toHaveBeenCalled();
  });
});
