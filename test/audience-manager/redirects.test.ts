import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { slashRedirect } from '../../src/audience-manager/slash-redirect.js';
import { failureOf, startUpstream } from '../support/upstream.js';

/** Starts a server that is not Audience Manager. @returns its URL and the requests it received */
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

/** Starts a server that redirects every request. @returns its URL */
async function startRedirecting(status: number, location: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, { location }).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`;
}

describe.each(['acme', 'globex'])('a redirect to another server, as %s', (customer) => {
  it.each([301, 302, 303, 307, 308])('is not followed by the token request (%i)', async (status) => {
    const upstream = await startUpstream();
    const stranger = await startStranger();
    const tokenUrl = await startRedirecting(status, stranger.url);
    const account = { ...upstream.account(customer), tokenUrl };
    const failure = await failureOf(upstream.client.listMappings(account, '314'), upstream.clock);
    expect(failure.code).toBe('AAM_BAD_RESPONSE');
    expect(failure.message).toContain(String(status));
    expect(stranger.requests).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])('is not followed by an API call (%i)', async (status) => {
    const upstream = await startUpstream();
    const stranger = await startStranger();
    const baseUrl = await startRedirecting(status, stranger.url);
    const account = { ...upstream.account(customer), baseUrl };
    const failure = await failureOf(upstream.client.listMappings(account, '314'), upstream.clock);
    expect(failure.code).toBe('AAM_BAD_RESPONSE');
    expect(upstream.simulator.count({ endpoint: 'token' })).toBe(1);
    expect(stranger.requests).toEqual([]);
  });
});

describe('the other server', () => {
  it('is reached by a client that follows redirects', async () => {
    const stranger = await startStranger();
    const url = await startRedirecting(307, stranger.url);
    await (await fetch(url, { method: 'POST', body: 'grant_type=password' })).text();
    expect(stranger.requests.map(({ method }) => method)).toEqual(['POST']);
  });
});

describe('a redirect of a GET', () => {
  const GET = {
    method: 'GET',
    url: 'https://aam.example/v1/x?a=1&b=2',
    headers: { authorization: 'Bearer t' },
  } as const;
  const WITH_SLASH = { ...GET, url: 'https://aam.example/v1/x/?a=1&b=2' };

  it.each([
    'https://aam.example/v1/x/?a=1&b=2',
    'https://aam.example:443/v1/x/?a=1&b=2',
    'HTTPS://AAM.example/v1/x/?a=%31&b=2',
    '//aam.example/v1/x/?a=1&b=2',
    '/v1/x/?a=1&b=2',
    'x/?a=1&b=2',
  ])('is followed to the same path with a slash: %s', (location) => {
    expect(slashRedirect(GET, 301, location)).toEqual(WITH_SLASH);
  });

  it('is followed to the same path without its slash', () => {
    expect(slashRedirect(WITH_SLASH, 308, '/v1/x?a=1&b=2')).toEqual(GET);
    expect(slashRedirect(WITH_SLASH, 308, '../x?a=1&b=2')).toEqual(GET);
  });

  it.each([
    ['to another host', 'https://aam.example.net/v1/x/?a=1&b=2'],
    ['to another port', 'https://aam.example:8443/v1/x/?a=1&b=2'],
    ['in clear text', 'http://aam.example/v1/x/?a=1&b=2'],
    ['to another path', '/v1/y/?a=1&b=2'],
    ['to two slashes', '/v1/x//?a=1&b=2'],
    ['to itself', '/v1/x?a=1&b=2'],
    ['without its query', '/v1/x/'],
    ['with another query', '/v1/x/?a=1&b=3'],
    ['with more of a query', '/v1/x/?a=1&b=2&c=3'],
    ['with a user', 'https://user:secret@aam.example/v1/x/?a=1&b=2'],
    ['with a fragment', '/v1/x/?a=1&b=2#top'],
    ['to nowhere', 'http://'],
    ['with two addresses', ['/v1/x/?a=1&b=2', '/v1/x/?a=1&b=2']],
    ['without an address', undefined],
  ])('is not followed %s', (_where, location) => {
    expect(slashRedirect(GET, 302, location)).toBeNull();
  });

  it.each([200, 300, 303, 304, 305])('with status %i is none', (status) => {
    expect(slashRedirect(GET, status, '/v1/x/?a=1&b=2')).toBeNull();
  });

  it('of a token request is none', () => {
    expect(slashRedirect({ ...GET, method: 'POST' }, 307, '/v1/x/?a=1&b=2')).toBeNull();
  });
});
