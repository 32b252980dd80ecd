import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';

const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';

describe('the server', () => {
  let gateway: TestGateway;
  let server: ReturnType<typeof request>;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 3))] });
    server = request(gateway.gateway.url);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it('says that it lives and that it is ready', async () => {
    await server.get('/healthz').expect(200, { status: 'ok' });
    await server.get('/readyz').expect(200, { status: 'ready', storage: 'available' });
  });

  it('answers a query by POST and by GET', async () => {
    const byPost = await server.post('/graphql').send({ query: NAME });
    expect(byPost.body).toEqual({ data: { segment: { label: 'Segment 1' } } });
    const byGet = await server.get('/graphql').query({ query: NAME }).set('apollo-require-preflight', '1');
    expect(byGet.body).toEqual(byPost.body);
    expect(byGet.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('answers in the media type of GraphQL where that is accepted', async () => {
    const answer = await server
      .post('/graphql')
      .set('accept', 'application/graphql-response+json')
      .send({ query: '{ customers { nodes { nome } } }' });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
  });

  it('shows Apollo Sandbox to a browser, with operations at hand', async () => {
    const page = await server.get('/graphql').set('accept', 'text/html,application/xhtml+xml').expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain('EmbeddedSandbox');
    expect(page.text).toContain('query Overview');
    await server.get('/sandbox').set('accept', 'text/html').expect(302).expect('location', '/graphql');
  });

  it.each(['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'])(
    'lets Sandbox at %s call it',
    async (origin) => {
      const preflight = await server.options('/graphql').set({
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers['access-control-allow-origin']).toBe(origin);
      expect(preflight.headers['access-control-allow-headers']).toBe('content-type');
      const answer = await server.post('/graphql').set('origin', origin).send({ query: NAME });
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
    },
  );

  it('lets no other site call it', async () => {
    const answer = await server.post('/graphql').set('origin', 'https://example.com').send({ query: NAME });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('passes a request ID on, and makes one where there is none that could be logged', async () => {
    const given = await server.post('/graphql').set('x-request-id', 'report-7').send({ query: NAME });
    expect(given.headers['x-request-id']).toBe('report-7');
    const spoilt = await server.get('/healthz').set('x-request-id', 'a b"c');
    expect(spoilt.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('logs one line a request, with operation, caller, duration and outcome', async () => {
    const id = 'line-of-its-own';
    const query = `query Names { good: customer(id: "acme") { id } bad: segment(customerId: "x", destinationId: "1", segmentId: "1") { id } }`;
    await server.post('/graphql').set('x-request-id', id).send({ query });
    const lines = gateway.log.filter(({ requestId }) => requestId === id);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      msg: 'request',
      method: 'POST',
      path: '/graphql',
      operation: 'Names',
      caller: 'anyone',
      status: 200,
      outcome: 'partial',
      codes: ['NOT_FOUND'],
    });
    expect(lines[0]?.['ms']).toBeTypeOf('number');
  });

  it('has metrics of requests, lookups, calls, tokens and snapshots', async () => {
    await server.post('/graphql').send({ query: `query Counted ${NAME}` });
    const { text, headers } = await server.get('/metrics').expect(200);
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toContain('aam_gateway_graphql_requests_total{operation="Counted",outcome="ok"} 1');
    expect(text).toContain('aam_gateway_graphql_request_duration_seconds_count{operation="Counted"} 1');
    expect(text).toMatch(/aam_gateway_lookups_total\{outcome="fresh"\} [1-9]/);
    expect(text).toContain(
      'aam_gateway_upstream_requests_total{customer="acme",endpoint="mappings",outcome="200"} 1',
    );
    expect(text).toContain(
      'aam_gateway_token_grants_total{customer="acme",grant="password",outcome="granted"} 1',
    );
    expect(text).toContain('aam_gateway_refreshes_total{customer="acme",reason="cold",outcome="ok"} 1');
    expect(text).toContain('aam_gateway_snapshot_segments{customer="acme",destination="314"} 3');
    expect(text).toContain('aam_gateway_snapshot_age_seconds{customer="acme",destination="314"} 0');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('answers an unknown address in the form of GraphQL errors', async () => {
    const { status, body } = await server.get('/nothing/here');
    expect(status).toBe(404);
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  it('refuses a Host header that is none', async () => {
    await server.post('/graphql').set('host', 'a b').send({ query: NAME }).expect(400);
  });
});
