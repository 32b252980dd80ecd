import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/audience-manager/index.js';
import { serve } from '../background/serve.js';
import { failureOf, metricValue, startLoggedIn, startUpstream } from '../support/upstream.js';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const MESSAGE = JSON.stringify({ error: 'invalid_grant', error_description: 'Bad credentials' });

/** Never ends. */
const endless: Answer = (response) => {
  response.writeHead(response.statusCode);
  const write = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'x')));
  };
  response.on('drain', write);
  write();
};

/** What a call to a server comes to, that answers each request with this status. */
async function outcome(status: number, answer: Answer) {
  let requests = 0;
  const { url, closed } = await serve((request, response) => {
    requests += 1;
    response.statusCode = status;
    answer(response, request);
  });
  const upstream = await startLoggedIn();
  const account: Account = { ...upstream.account('acme'), baseUrl: url.replace(/\/$/, '') };
  await upstream.tokens.get(upstream.account('acme'));
  return { upstream, account, url, closed, requests: () => requests };
}

describe('the body of an error', () => {
  it.each<[string, Answer]>([
    ['is endless', endless],
    [
      'is a bomb',
      (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(2 ** 24))),
    ],
    [
      'is not the gzip that it says',
      (response) => response.setHeader('content-encoding', 'gzip').end('plain'),
    ],
    [
      'breaks off',
      (response) => response.writeHead(403, { 'content-length': 999 }).write('{', () => response.destroy()),
    ],
    ['is long', (response) => response.end(`{"message":"${'x'.repeat(20_000)}"}`)],
  ])('that %s leaves the status as it is, and gives no reason', async (_what, answer) => {
    const { upstream, account } = await outcome(403, answer);
    const send = { method: 'GET', url: `${account.baseUrl}/destinations/314`, headers: {} } as const;
    const response = await upstream.http.request('destination', send);
    expect([response.status, response.body.length]).toEqual([403, 0]);
  });

  it('of a 503 is not read to its end, and the call is AAM_UNAVAILABLE after the retries', async () => {
    const { upstream, account, closed, requests } = await outcome(503, endless);
    const send = { method: 'GET', url: `${account.baseUrl}/destinations/314`, headers: {} } as const;
    const error = await failureOf(upstream.http.request('destination', send), upstream.clock);
    expect(error.code).toBe('AAM_UNAVAILABLE');
    expect(error.message).toBe('Audience Manager answered with status 503 (4 attempts).');
    expect(requests()).toBe(4);
    expect(await metricValue(upstream.metrics.upstreamRequests, { outcome: 'too_large' })).toBe(0);
    await closed;
  });

  it('never has a rejected log-in tried again because it breaks off', async () => {
    const { url, upstream, requests } = await outcome(401, (response) => {
      response.writeHead(401, { 'content-length': MESSAGE.length + 1 });
      response.write(MESSAGE, () => response.destroy());
    });
    const account: Account = { ...upstream.account('acme'), tokenUrl: url };
    const error = await failureOf(upstream.tokens.get(account));
    expect(error.code).toBe('AAM_AUTH_FAILED');
    expect(requests()).toBe(1);
  });

  it('gives a reason in which nothing can be hidden, however long it is', async () => {
    const upstream = await startUpstream();
    const message = `\u001b[31m\0\u0085\u2028\u202ered\ud83d ${'long '.repeat(2_000)}`;
    const body = JSON.stringify({ message });
    upstream.simulator.fault({ endpoint: 'destination', action: { kind: 'status', status: 403, body } });
    const error = await failureOf(upstream.client.readDestination(upstream.account('acme'), '314'));
    expect(error.code).toBe('AAM_FORBIDDEN');
    expect(error.message).toContain('[31m red long long');
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u);
    expect(error.message.length).toBeLessThan(400);
  });
});
