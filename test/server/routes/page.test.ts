import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_ADDRESSES } from '../../../src/server/routes/page.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf } from '../../support/keys.js';
import { RawConnection } from '../../support/raw-connection.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const LIMIT = 3;

/** An address for each of the page's, with something in the place of each variable part. */
const ADDRESSES = ['/', ...PAGE_ADDRESSES.map((address) => address.replaceAll(/:\w+/g, 'x'))];

describe('the page for browsers', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: {
        access: { apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'])] },
        limits: { requestsPerMinute: LIMIT },
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const html = async (): Promise<string> => await (await gateway.fetch('/', { headers: BROWSER })).text();

  it.each(ADDRESSES)('is sent without a key, with a strict policy, at %s', async (address) => {
    const response = await gateway.fetch(address, { headers: BROWSER });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(await response.text()).toContain('<div id="page">');
  });

  it('has no script and no style in its HTML, and names only files of its own', async () => {
    const text = await html();
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
    const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    for (const address of addresses) expect(address).toMatch(/^\/assets\//);
  });

  it('contains no data of customers', async () => {
    expect(await html()).not.toMatch(/acme/i);
  });

  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('has files that are kept for ever, compressed for accept-encoding: %s', async (accepted, coding) => {
    const [, script = ''] = /src="([^"]+\.js)"/.exec(await html()) ?? [];
    const response = await gateway.fetch(script, { headers: { 'accept-encoding': accepted } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('vary')?.toLowerCase().split(', ')).toEqual(['origin', 'accept-encoding']);
    expect((await response.text()).length).toBeGreaterThan(10_000);
  });

  it('is not sent again if the browser has it', async () => {
    const first = await gateway.fetch('/', { headers: BROWSER });
    const etag = first.headers.get('etag') ?? '';
    const second = await gateway.fetch('/', {
      headers: { ...BROWSER, 'if-none-match': etag, 'cache-control': 'max-age=0' },
    });
    expect([second.status, await second.text()]).toEqual([304, '']);
  });

  it('answers HEAD', async () => {
    const response = await gateway.fetch('/search', { method: 'HEAD', headers: BROWSER });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('is not counted, so that a caller at its limit still gets it', async () => {
    for (let sent = 0; sent < LIMIT * 2; sent += 1) await html();
    expect((await gateway.fetch('/page.json')).status).toBe(200);
    expect((await gateway.post({ query: '{ viewer { name } }' })).status).toBe(401);
  });

  it('leaves no line in the log, as monitoring does', async () => {
    await html();
    await gateway.fetch('/page.json');
    expect((await gateway.post({ query: '{ viewer { name } }' })).status).toBeGreaterThan(400);
    await expect.poll(() => gateway.log.some(({ path }) => path === '/graphql')).toBe(true);
    const paths = gateway.log.filter(({ msg }) => msg === 'request').map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(['/graphql']));
  });

  it.each(['*/*', 'application/json', 'application/json, text/html;q=0.5', ''])(
    'leads programs to the API instead, for accept: %s',
    async (accept) => {
      const response = await gateway.fetch('/', { headers: { accept } });
      expect([response.status, response.headers.get('location')]).toEqual([302, '/graphql']);
    },
  );
});

describe('an address that does not exist', () => {
  it('is the page for a browser, which says so, and an error for programs, both with 404', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED });
    const page = await gateway.fetch('/nothing', { headers: BROWSER });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await page.text()).toContain('<div id="page">');
    for (const path of [
      '/nothing',
      '/assets/nothing.js',
      '/assets/',
      '/assets/%2e%2e/index.html',
      '/index.html',
    ]) {
      const response = await gateway.fetch(path);
      expect(response.status, path).toBe(404);
      expect(response.headers.get('content-type'), path).toMatch(/^application\/json/);
      expect(response.headers.get('cache-control'), path).toBe('private, no-store');
    }
    const script = await gateway.fetch('/assets/nothing.js', { headers: BROWSER });
    expect([script.status, script.headers.get('cache-control')]).toEqual([404, 'private, no-store']);
    const posted = await gateway.fetch('/nothing', { method: 'POST', headers: BROWSER });
    expect(posted.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('is no way to other files of the program', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED });
    // On the wire, because clients resolve some of these themselves.
    using connection = await RawConnection.open(gateway.gateway.url);
    for (const path of [
      '/assets/../index.html',
      '/assets/..%2findex.html',
      '/assets/..%5cindex.html',
      '/assets/x%2f..%2f..%2findex.html',
      '/assets/..%2f..%2fmain.js',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/assets/%2e%2e%2findex.html',
      '/assets/..%252findex.html',
      '/assets/%00',
      '/assets/.env',
      '/assets/..',
    ]) {
      connection.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const answer = await connection.answer();
      expect(answer?.status, path).toBe(404);
      expect(answer?.headers.get('cache-control'), path).toBe('private, no-store');
    }
  });
});

describe('what is served to browsers', () => {
  const statusesOf = async (listen: Record<string, unknown>): Promise<Record<string, unknown>> => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { listen: { port: 0, ...listen } },
    });
    const found: Record<string, unknown> = {};
    for (const path of ['/', '/search', '/explorer', '/sandbox', '/page.json', '/nothing']) {
      const { status, headers } = await gateway.fetch(path, { headers: BROWSER });
      found[path] = [status, headers.get('location') ?? headers.get('content-type')?.split(';')[0]];
    }
    return found;
  };
  const MISSING = [404, 'application/json'];
  const MISSING_PAGE = [404, 'text/html'];
  const PAGE = [200, 'text/html'];
  const TO_API = [302, '/graphql'];

  it('is everything, unless the configuration says otherwise', async () => {
    expect(await statusesOf({})).toEqual({
      '/': PAGE,
      '/search': PAGE,
      '/explorer': PAGE,
      '/sandbox': TO_API,
      '/page.json': [200, 'application/json'],
      '/nothing': MISSING_PAGE,
    });
  });

  it('is no page with listen.page: false', async () => {
    expect(await statusesOf({ page: false })).toEqual({
      '/': TO_API,
      '/search': MISSING,
      '/explorer': PAGE,
      '/sandbox': TO_API,
      '/page.json': MISSING,
      '/nothing': MISSING,
    });
  });

  it('is no explorer with listen.explorer: false, and no Sandbox with listen.sandbox: false', async () => {
    expect(await statusesOf({ explorer: false, sandbox: false })).toMatchObject({
      '/': PAGE,
      '/explorer': MISSING_PAGE,
      '/sandbox': MISSING_PAGE,
    });
  });

  it('tells the page which of them there are', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { listen: { port: 0, explorer: false } },
    });
    expect(await (await gateway.fetch('/page.json')).json()).toEqual({ explorer: false, sandbox: true });
  });
});
