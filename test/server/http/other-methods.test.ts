import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';
import { RawConnection } from '../../support/raw-connection.js';

const PAGE = 'https://reports.example.com';
const JSON_TYPE = { 'content-type': 'application/json' };

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 3))],
    config: {
      access: { apiKeys: [entryOf('acme-key', 'acme-ui', ['acme']), entryOf('slow-key', 'slow', ['acme'])] },
      listen: { cors: [PAGE] },
      limits: { requestsPerMinute: 100 },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

describe('a method that an address does not have', () => {
  it.each([
    ['/graphql', 'GET, POST'],
    ['/graphql/', 'GET, POST'],
    ['/healthz', 'GET, HEAD'],
    ['/metrics', 'GET, HEAD'],
    ['/import/acme/314', 'POST'],
    ['/export/acme/314.csv', 'GET, HEAD'],
    ['/messages/annotate', 'POST'],
  ])('%s: is answered with status 405 and those it has', async (address, allowed) => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const headers = { ...withKey('acme-key'), 'content-type': 'text/plain' };
      const body = method === 'DELETE' ? undefined : 'text';
      const response = await gateway.fetch(address, { method, headers, ...(body !== undefined && { body }) });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe(allowed);
      expect(await response.json()).toEqual({
        errors: [{ message: `This address only has ${allowed}.`, extensions: { code: 'BAD_USER_INPUT' } }],
      });
    }
  });

  it('is HEAD at /graphql, as with Apollo Server', async () => {
    const response = await gateway.fetch('/graphql?query={__typename}', {
      method: 'HEAD',
      headers: withKey('acme-key'),
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });

  it('does not make an address of one that does not exist', async () => {
    expect((await gateway.fetch('/nothing', { method: 'PUT' })).status).toBe(404);
  });
});

describe('/graphql', () => {
  const query = JSON.stringify({ query: '{ __typename }' });

  it('answers with a slash at its end as well', async () => {
    const headers = { ...JSON_TYPE, ...withKey('acme-key') };
    const response = await gateway.fetch('/graphql/', { method: 'POST', headers, body: query });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it.each<[string, Record<string, string>]>([
    ['x-api-key', { 'x-api-key': 'acme-key' }],
    ['authorization: Bearer', { authorization: 'Bearer acme-key' }],
  ])('answers GET with %s, which no foreign page can send unasked', async (_, headers) => {
    const response = await gateway.fetch('/graphql?query={__typename}', { headers });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('answers no GET without a key that any page could send', async () => {
    await using open = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
    });
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await open.fetch('/graphql?query={__typename}', { headers })).status;
    expect(await statusOf({})).toBe(400);
    expect(await statusOf({ authorization: 'Basic YTpi' })).toBe(400);
    expect(await statusOf({ 'apollo-require-preflight': 'true' })).toBe(200);
  });

  it('refuses subscriptions', async () => {
    const { status, body } = await gateway.post({ query: 'subscription { segments }' }, withKey('acme-key'));
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

describe('a page of an allowed origin', () => {
  interface Sent {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  }
  const post = (body: string, headers: Record<string, string> = {}): Sent => ({
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body,
  });

  it.each<[string, string, Sent, number]>([
    ['without a key', '/graphql', post('{}'), 401],
    ['with a wrong key', '/graphql', post('{}', withKey('wrong')), 401],
    ['with no JSON', '/graphql', post('{', withKey('acme-key')), 400],
    ['with a body that is too large', '/graphql', post(' '.repeat(2e6), withKey('acme-key')), 413],
    [
      'with a body of another type',
      '/graphql',
      post('x', { ...withKey('acme-key'), 'content-type': 'text/csv' }),
      415,
    ],
    ['without a right', '/metrics', { headers: withKey('acme-key') }, 403],
    ['to no address', '/nothing', {}, 404],
    ['to an address that is not well-formed', '/%zz', {}, 400],
    ['by another method', '/graphql', { method: 'PUT' }, 405],
  ])('can read the answer to a request %s', async (_, address, init, status) => {
    const response = await gateway.fetch(address, { ...init, headers: { ...init.headers, origin: PAGE } });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    const other = await gateway.fetch(address, {
      ...init,
      headers: { ...init.headers, origin: 'https://x.example' },
    });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('can read that it sends too many requests', async () => {
    const init = post('{}', { ...withKey('slow-key'), origin: PAGE });
    let response = await gateway.fetch('/graphql', init);
    for (let sent = 1; sent <= 100 && response.status !== 429; sent++) {
      response = await gateway.fetch('/graphql', init);
    }
    expect(response.status).toBe(429);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(response.headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('can read that an address is not well-formed also beyond its rate', async () => {
    using connection = await RawConnection.open(gateway.gateway.url);
    connection.send(`GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: ${PAGE}\r\nx-api-key: slow-key\r\n\r\n`);
    const answer = await connection.answer();
    expect(answer?.status).toBe(429);
    expect(answer?.headers.get('access-control-allow-origin')).toBe(PAGE);
  });
});
