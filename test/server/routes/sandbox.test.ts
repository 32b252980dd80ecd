import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SAMPLES } from '../../../src/graphql/index.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const ACCESS = {
  apiKeys: [entryOf('acme-key', 'acme-ui', ['acme']), entryOf('metrics-key', 'ops', undefined, ['metrics'])],
};
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const QUERY = `/graphql?query=${encodeURIComponent('{ customers { nodes { name } } }')}`;

/** The sources that a content security policy allows for a directive. */
function sources(policy: string | null, directive: string): string[] {
  const found = (policy ?? '').split(';').map((part) => part.trim().split(/\s+/));
  return found.find(([name]) => name === directive)?.slice(1) ?? [];
}

describe('the Sandbox page', () => {
  const get = (gateway: TestGateway, path: string, headers: Record<string, string> = {}): Promise<Response> =>
    gateway.fetch(path, { headers: { accept: BROWSER, ...headers } });

  const isPage = (response: Response): boolean =>
    response.status === 200 && response.headers.get('content-type')?.startsWith('text/html') === true;

  it.each([
    ['without access control', {}, true],
    ['without access control, turned off', { listen: { port: 0, sandbox: false } }, false],
    ['with access control', { access: ACCESS }, false],
    ['with access control, turned on', { access: ACCESS, listen: { port: 0, sandbox: true } }, true],
  ])('is sent to a browser or not, %s: %#', async (_, config, expected) => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED, config });
    expect(isPage(await get(gateway, '/graphql'))).toBe(expected);
    expect(isPage(await get(gateway, '/graphql', withKey('acme-key')))).toBe(expected);
  });

  it('is refused with 401 with access control and without Sandbox', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED, config: { access: ACCESS } });
    const response = await get(gateway, '/graphql');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  describe('with API keys', () => {
    let gateway: TestGateway;

    beforeAll(async () => {
      gateway = await TestGateway.start({
        simulated: SIMULATED,
        config: { access: ACCESS, listen: { port: 0, sandbox: true, cors: ['https://reports.example.com'] } },
      });
    });

    afterAll(async () => {
      await gateway[Symbol.asyncDispose]();
    });

    it('contains no data of customers', async () => {
      const text = await (await get(gateway, '/graphql')).text();
      expect(text).toContain('EmbeddedSandbox');
      expect(text).not.toMatch(/acme/i);
    });

    it.each([QUERY, `${QUERY}&operationName=A`, '/graphql?documentId=known', '/graphql?extensions=%7B%7D'])(
      'is the only response to a browser without a key at %s',
      async (path) => {
        for (const headers of [
          {},
          { 'apollo-require-preflight': '1' },
          { 'content-type': 'application/json' },
        ]) {
          const response = await get(gateway, path, headers);
          expect(isPage(response)).toBe(true);
          expect(await response.text()).not.toMatch(/acme|"data"/i);
        }
      },
    );

    it.each([
      'application/json, text/html;q=0.1',
      'text/html;q=0, application/json',
      'application/json;ext="text/html"',
      'application/graphql-response+json, text/html;q=0.9',
      'text/htmlx',
    ])('is not sent, and no operation is executed, for accept: %s', async (accept) => {
      const response = await get(gateway, QUERY, { accept, 'apollo-require-preflight': '1' });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    });

    it('is not sent, and no operation is executed, for POST and HEAD', async () => {
      const post = await gateway.fetch('/graphql', {
        method: 'POST',
        headers: { accept: BROWSER, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ customers { nodes { name } } }' }),
      });
      expect(post.status).toBe(401);
      expect((await gateway.fetch(QUERY, { method: 'HEAD', headers: { accept: BROWSER } })).status).toBe(405);
    });

    it.each(['/metrics', '/export/acme/314.csv', '/export/acme/314.ndjson', '/metrics?query=x'])(
      'does not open %s to requests without a key',
      async (path) => {
        for (const method of ['GET', 'HEAD']) {
          const response = await gateway.fetch(path, { method, headers: { accept: BROWSER } });
          expect(response.status).toBe(401);
        }
      },
    );

    it('can run operations with a key', async () => {
      const { status, body } = await gateway.post(
        { query: '{ customers { nodes { id } } }' },
        { ...withKey('acme-key'), origin: 'https://sandbox.embed.apollographql.com' },
      );
      expect([status, body]).toEqual([200, { data: { customers: { nodes: [{ id: 'acme' }] } } }]);
    });

    it.each(DEFAULT_SAMPLES.map(({ title, document }) => [title, document] as const))(
      'shows an operation that works with any configuration: %s',
      async (_, query) => {
        const { status, body } = await gateway.post({ query }, withKey('acme-key'));
        expect([status, body]).toEqual([200, { data: expect.any(Object) as unknown }]);
        const text = await (await get(gateway, '/graphql')).text();
        expect(text).toContain(encodeURIComponent(query.split(' ')[1] ?? ''));
      },
    );

    it('is refused to a caller that may not use the API', async () => {
      expect((await get(gateway, '/graphql', withKey('metrics-key'))).status).toBe(403);
    });
  });

  it('has a content security policy that allows only what the page consists of', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED });
    const response = await get(gateway, '/graphql');
    const policy = response.headers.get('content-security-policy');
    const html = await response.text();
    const [nonce] = sources(policy, 'script-src');
    expect(nonce).toMatch(/^'nonce-[\da-f]{32,}'$/);
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes = '']) => attributes);
    const styles = [...html.matchAll(/<style([^>]*)>/g)].map(([, attributes = '']) => attributes);
    expect([scripts.length, styles.length]).toEqual([2, 2]);
    for (const attributes of [...scripts, ...styles]) {
      expect(attributes.replaceAll('"', '')).toContain(`nonce=${nonce?.slice(7, -1)}`);
    }
    expect(sources(policy, 'style-src')).toContain(nonce);
    // The URLs that elements of the page load, each with the directive that allows them.
    const loaded = [
      ...[...html.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, url]) => ['script-src', url]),
      ...[...html.matchAll(/<link\s+[^>]*?>/g)].flatMap(([tag]) => {
        const [, rel] = /rel="([^"]+)"/.exec(tag) ?? [];
        const [, href] = /href="([^"]+)"/.exec(tag) ?? [];
        if (rel === 'preconnect') return [];
        return [[rel === 'stylesheet' ? 'style-src' : rel === 'manifest' ? 'manifest-src' : 'img-src', href]];
      }),
    ];
    expect(loaded.length).toBeGreaterThanOrEqual(4);
    for (const [directive = '', url = ''] of loaded) {
      expect(sources(policy, directive), directive).toContain(new URL(url).origin);
    }
    expect(sources(policy, 'frame-src')).toEqual(['https://sandbox.embed.apollographql.com']);
    for (const directive of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) {
      expect(sources(policy, directive), directive).toEqual(["'none'"]);
    }
    expect(sources(policy, 'connect-src')).toEqual(["'self'"]);
    expect(policy).not.toMatch(/unsafe|\*|http:/);
  });

  it('has a new nonce each time', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED });
    const nonces = await Promise.all(
      [1, 2, 3].map(async () => {
        const { headers } = await get(gateway, '/graphql');
        return sources(headers.get('content-security-policy'), 'script-src')[0];
      }),
    );
    expect(new Set(nonces).size).toBe(3);
  });
});
