import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const KEY = '{ customerId: "acme", destinationId: "314", segmentId: "1001" }';
const NAME = { query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }' };
const FOREIGN = {
  errors: [
    {
      message:
        'Without access control, the gateway only accepts requests to the name of this machine (localhost); see access in the configuration.',
      extensions: { code: 'FORBIDDEN' },
    },
  ],
};

describe('a gateway without access control', () => {
  let gateway: TestGateway;
  let server: ReturnType<typeof request>;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { listen: { port: 0, trustProxy: ['127.0.0.1'] } },
    });
    server = request(gateway.gateway.url);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it('says so in its log, once', async () => {
    await gateway.query(NAME.query);
    const notices = gateway.log.filter(({ msg }) => String(msg).includes('no access control'));
    expect(notices).toMatchObject([{ level: 'warn' }]);
  });

  it('lets anyone on this machine do everything', async () => {
    for (const query of [
      NAME.query,
      '{ __schema { queryType { name } } }',
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }',
      'mutation { importSegments(customerId: "acme", destinationId: "314", csv: "id,name\\n1001,x") { applied } }',
      `mutation { setSegment(key: ${KEY}, name: "y") { id } }`,
      `mutation { unsetSegment(key: ${KEY}) { id } }`,
    ]) {
      expect((await gateway.query(query)).errors, query).toBeUndefined();
    }
    await server.get('/metrics').expect(200);
    await server.get('/export/acme/314.csv').expect(200);
  });

  it('takes no notice of keys', async () => {
    await server.post('/graphql').set('x-api-key', 'some-key').send(NAME).expect(200);
    await server.post('/graphql').set('authorization', 'Bearer eyJh.e30.x').send(NAME).expect(200);
    expect(gateway.log.filter(({ audit }) => audit === 'denied')).toEqual([]);
  });

  it.each(['localhost', 'LOCALHOST:4000', '127.0.0.1', '127.0.0.1:80', '127.1.2.3', '[::1]', '[::1]:4000'])(
    'answers under the name %s',
    async (host) => {
      await server.post('/graphql').set('host', host).send(NAME).expect(200);
    },
  );

  it.each([
    'example.com',
    'rebound.example.com:4000',
    'localhost.example.com',
    '127.0.0.1.example.com',
    'localhost.',
    '10.0.0.1',
    '[2001:db8::1]',
    '0.0.0.0',
  ])('refuses a request that a page of another site sends under the name %s', async (host) => {
    const { body } = await server.post('/graphql').set('host', host).send(NAME).expect(403);
    expect(body).toEqual(FOREIGN);
    for (const path of ['/graphql', '/metrics', '/export/acme/314.csv']) {
      await server.get(path).set({ host, accept: 'text/html' }).expect(403, FOREIGN);
    }
  });

  it('believes no proxy on this machine that the name is another', async () => {
    const forwarded = { 'x-forwarded-host': 'localhost', 'x-forwarded-for': '127.0.0.1' };
    await server.post('/graphql').set('host', 'example.com').set(forwarded).send(NAME).expect(403, FOREIGN);
    await server.post('/graphql').set('x-forwarded-host', 'example.com').send(NAME).expect(403, FOREIGN);
    await server.post('/graphql').set('x-forwarded-host', 'localhost').send(NAME).expect(200);
  });

  it('counts and audits what it refuses', async () => {
    await server
      .post('/graphql')
      .set({ host: 'example.com', 'x-request-id': 'rebound' })
      .send(NAME)
      .expect(403);
    expect(
      gateway.log.filter(({ requestId, audit }) => requestId === 'rebound' && audit === 'denied'),
    ).toHaveLength(1);
    const { text } = await server.get('/metrics');
    expect(text).toMatch(/^aam_gateway_rejected_requests_total\{reason="forbidden"\} [1-9]/m);
  });
});

describe('a gateway with access control', () => {
  it('answers under any name, and does not complain', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: { apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'])] } },
    });
    const server = request(gateway.gateway.url);
    await server
      .post('/graphql')
      .set({ host: 'example.com', 'x-api-key': 'acme-key' })
      .send(NAME)
      .expect(200);
    await server.post('/graphql').set({ host: 'example.com' }).send(NAME).expect(401);
    expect(gateway.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('stays closed when a reload would take it away', async () => {
    const config = { access: { apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'])] } };
    await using gateway = await TestGateway.start({ simulated: SIMULATED, config });
    gateway.reload({});
    const server = request(gateway.gateway.url);
    await server.post('/graphql').send(NAME).expect(401);
    await server.post('/graphql').set(withKey('acme-key')).send(NAME).expect(200);
    expect(gateway.log.filter(({ msg }) => String(msg).includes('no access control'))).toEqual([]);
  });
});
