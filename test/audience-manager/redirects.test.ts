import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { failureOf, startUpstream, type Upstream } from '../support/upstream.js';

/** A server of somebody else, and the requests that it got. */
async function startStranger(): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.setHeader('content-type', 'application/json');
    response.end('{"access_token":"not-yours","expires_in":3600,"list":[],"total":0}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/there`, requests };
}

/** A server that sends everybody on. */
async function startRedirecting(status: number, location: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, { location }).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`;
}

function start(): Promise<Upstream> {
  return startUpstream({
    customers: [
      passwordCustomer('acme', destination(314, 3)),
      serverToServerCustomer('globex', destination(314, 3)),
    ],
  });
}

describe.each(['acme', 'globex'])('a redirect to another server, as %s', (customer) => {
  it.each([301, 302, 303, 307, 308])(
    'is not followed by the token request, whatever it is (%i)',
    async (status) => {
      const upstream = await start();
      const stranger = await startStranger();
      const tokenUrl = await startRedirecting(status, stranger.url);
      const account = { ...upstream.account(customer), tokenUrl };
      const failure = await failureOf(upstream.client.listMappings(account, '314'), upstream.clock);
      expect(failure.code).toBe('AAM_BAD_RESPONSE');
      expect(failure.message).toContain(String(status));
      expect(stranger.requests).toEqual([]);
    },
  );

  it.each([301, 302, 303, 307, 308])('is not followed by the API, whatever it is (%i)', async (status) => {
    const upstream = await start();
    const stranger = await startStranger();
    const baseUrl = await startRedirecting(status, stranger.url);
    const account = { ...upstream.account(customer), baseUrl };
    const failure = await failureOf(upstream.client.listMappings(account, '314'), upstream.clock);
    expect(failure.code).toBe('AAM_BAD_RESPONSE');
    expect(upstream.simulator.count({ endpoint: 'token' })).toBe(1);
    expect(stranger.requests).toEqual([]);
  });
});

describe('the server of somebody else', () => {
  it('would have been reached, so that the tests above can fail', async () => {
    const stranger = await startStranger();
    const url = await startRedirecting(307, stranger.url);
    await (await fetch(url, { method: 'POST', body: 'grant_type=password' })).text();
    expect(stranger.requests.map(({ method }) => method)).toEqual(['POST']);
  });
});
