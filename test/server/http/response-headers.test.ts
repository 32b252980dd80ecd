import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const ACCESS = {
  apiKeys: [
    entryOf('acme-key', 'acme-ui', ['acme'], ['read', 'import']),
    entryOf('metrics-key', 'ops', undefined, ['metrics']),
  ],
};
const CUSTOMERS = '{ customers { nodes { id } } }';
const ACME = withKey('acme-key');
const JSON_BODY = { 'content-type': 'application/json' };

describe('every response', () => {
  let gateway: TestGateway;
  let server: ReturnType<typeof request>;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: ACCESS, limits: { body: '1KiB' } },
    });
    server = request(gateway.gateway.url);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each<[string, number, () => request.Test]>([
    ['a query', 200, () => server.post('/graphql').set(ACME).send({ query: CUSTOMERS })],
    [
      'a query by GET',
      200,
      () => server.get('/graphql').query({ query: CUSTOMERS }).set(ACME).set('apollo-require-preflight', '1'),
    ],
    [
      'a mutation',
      200,
      () =>
        server.post('/graphql').set(ACME).send({
          query:
            'mutation { unsetSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1" }) { id } }',
        }),
    ],
    ['an operation that does not parse', 400, () => server.post('/graphql').set(ACME).send({ query: '{' })],
    [
      'a body that is not JSON',
      400,
      () =>
        server
          .post('/graphql')
          .set({ ...ACME, ...JSON_BODY })
          .send('{'),
    ],
    ['a form', 415, () => server.post('/graphql').set(ACME).type('form').send('query=x')],
    [
      'a body that is too large',
      413,
      () =>
        server
          .post('/graphql')
          .set(ACME)
          .send({ query: '#'.repeat(2_000) }),
    ],
    ['a GET without a key', 401, () => server.get('/graphql').query({ query: CUSTOMERS })],
    ['another method', 405, () => server.put('/graphql').set(ACME)],
    ['a request without a key', 401, () => server.post('/graphql').send({ query: CUSTOMERS })],
    ['a caller without the permission', 403, () => server.get('/metrics').set(ACME)],
    ['HEAD', 405, () => server.head('/graphql').set({ ...ACME, 'apollo-require-preflight': '1' })],
    ['metrics', 200, () => server.get('/metrics').set(withKey('metrics-key'))],
    ['an export', 200, () => server.get('/export/acme/314.csv').set(ACME)],
    ['an export as JSON', 200, () => server.get('/export/acme/314.ndjson').set(ACME)],
    ['an export of an unknown destination', 404, () => server.get('/export/acme/1.csv').set(ACME)],
    ['an unknown address', 404, () => server.get('/nothing')],
    ['an invalid Host header', 400, () => server.get('/healthz').set('host', 'a b')],
    ['health', 200, () => server.get('/healthz')],
    ['readiness', 200, () => server.get('/readyz')],
    ['the redirect to the API', 302, () => server.get('/')],
    [
      'a preflight',
      204,
      () =>
        server
          .options('/graphql')
          .set({ origin: 'https://example.com', 'access-control-request-method': 'POST' }),
    ],
  ])('to %s has security headers and forbids caching', async (_, status, send) => {
    const { status: answered, headers } = await send();
    expect(answered).toBe(status);
    expect(headers).toMatchObject({
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']?.split(';')).toEqual([
      "default-src 'none'",
      "frame-ancestors 'none'",
    ]);
    // The header is only for HTTPS.
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });

  it('forbids caching for the Sandbox page too', async () => {
    await using open = await TestGateway.start({ simulated: SIMULATED });
    const page = await request(open.gateway.url).get('/graphql').set('accept', 'text/html').expect(200);
    expect(page.headers).toMatchObject({
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('with listen.getMaxAge', () => {
  let gateway: TestGateway;
  let server: ReturnType<typeof request>;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3), destination(315, 1, { forbidden: true }))],
      config: {
        access: ACCESS,
        listen: { port: 0, getMaxAge: '90s', sandbox: true, cors: ['https://reports.example.com'] },
      },
    });
    server = request(gateway.gateway.url);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const get = (query: string, headers: Record<string, string> = ACME): request.Test =>
    server
      .get('/graphql')
      .query({ query })
      .set({ ...headers, 'apollo-require-preflight': '1' });

  it("the client's own cache may store a successful response to a GET, for the same credentials", async () => {
    const { headers } = await get(CUSTOMERS).expect(200);
    expect(headers['cache-control']).toBe('private, max-age=90');
    const varying = headers['vary']?.toLowerCase().split(/, */);
    expect(varying).toEqual(expect.arrayContaining(['x-api-key', 'authorization', 'accept', 'origin']));
  });

  it.each<[string, number, () => request.Test]>([
    ['to a POST', 200, () => server.post('/graphql').set(ACME).send({ query: CUSTOMERS })],
    [
      'with errors',
      200,
      () => get('{ segment(customerId: "x", destinationId: "1", segmentId: "1") { id } }'),
    ],
    [
      'with errors in a part of it',
      200,
      () =>
        get(
          '{ ok: customers { totalCount } segment(customerId: "acme", destinationId: "315", segmentId: "1") { id } }',
        ),
    ],
    ['to an operation that does not parse', 400, () => get('{')],
    [
      'to a mutation',
      405,
      () =>
        get(
          'mutation { unsetSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1" }) { id } }',
        ),
    ],
    ['to a request without a key', 401, () => get(CUSTOMERS, {})],
    ['with the Sandbox page', 200, () => server.get('/graphql').set('accept', 'text/html')],
    ['with an export', 200, () => server.get('/export/acme/314.csv').set(ACME)],
    ['with metrics', 200, () => server.get('/metrics').set(withKey('metrics-key'))],
  ])('no cache may store a response %s', async (_, status, send) => {
    const { status: answered, headers } = await send();
    expect(answered).toBe(status);
    expect(headers['cache-control']).toBe('private, no-store');
  });
});

describe('web pages that may call the gateway', () => {
  const SANDBOX = 'https://studio.apollographql.com';
  const REPORTS = 'https://reports.example.com';

  /** The origins, out of a list, that may call a gateway with this configuration. */
  async function allowed(config: Record<string, Record<string, unknown>>): Promise<string[]> {
    await using gateway = await TestGateway.start({ simulated: SIMULATED, config });
    const found: string[] = [];
    for (const origin of [
      SANDBOX,
      'https://sandbox.embed.apollographql.com',
      REPORTS,
      `${REPORTS}:8443`,
      `${REPORTS}.evil.example`,
      'https://evil-reports.example.com',
      'http://reports.example.com',
      'http://localhost:3000',
      'null',
    ]) {
      const preflight = await gateway.fetch('/graphql', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-api-key,authorization',
        },
      });
      const answer = await gateway.fetch('/graphql', {
        method: 'POST',
        headers: { origin, ...JSON_BODY },
        body: '{}',
      });
      const [before, after] = [preflight, answer].map(({ headers }) =>
        headers.get('access-control-allow-origin'),
      );
      expect(before).toBe(after);
      expect(before === null || before === origin).toBe(true);
      for (const { headers } of [preflight, answer]) {
        expect(headers.get('access-control-allow-credentials')).toBeNull();
        expect(headers.get('vary')?.toLowerCase()).toContain('origin');
      }
      if (before !== null) found.push(origin);
    }
    return found;
  }

  const SANDBOX_ORIGINS = [SANDBOX, 'https://sandbox.embed.apollographql.com'];

  it.each<[string, Record<string, Record<string, unknown>>, string[]]>([
    ['those of Sandbox without access control', {}, SANDBOX_ORIGINS],
    ['none with access control', { access: ACCESS }, []],
    [
      'those of Sandbox with access control and Sandbox',
      { access: ACCESS, listen: { port: 0, sandbox: true } },
      SANDBOX_ORIGINS,
    ],
    ['none without Sandbox', { listen: { port: 0, sandbox: false } }, []],
    ['those in the configuration', { access: ACCESS, listen: { port: 0, cors: [REPORTS] } }, [REPORTS]],
    [
      'those of Sandbox and those in the configuration',
      { listen: { port: 0, cors: [REPORTS] } },
      [...SANDBOX_ORIGINS, REPORTS],
    ],
  ])('are %s', async (_, config, expected) => {
    expect(await allowed(config)).toEqual(expected);
  });

  it('may send a preflight request without a key', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: ACCESS, listen: { port: 0, cors: [REPORTS] } },
    });
    const preflight = await gateway.fetch('/graphql', {
      method: 'OPTIONS',
      headers: {
        origin: REPORTS,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-api-key,authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(await preflight.text()).toBe('');
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': REPORTS,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type,x-api-key,authorization',
      'access-control-max-age': '600',
    });
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { origin: REPORTS, ...JSON_BODY, ...ACME },
      body: JSON.stringify({ query: CUSTOMERS }),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-expose-headers')).toBe('x-request-id, retry-after');
    expect(gateway.log.filter(({ audit }) => audit === 'denied')).toEqual([]);
  });
});
