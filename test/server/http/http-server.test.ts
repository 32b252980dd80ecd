import dns from 'node:dns';
import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { listenAddress } from '../../../src/server/http/http-server.js';
import { createAuthority, issue, type Certificate } from '../../support/certificates.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { https } from '../../support/https.js';
import { fastResponses, onFastify } from '../fast-path-support.js';

const BODY = JSON.stringify({
  query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }',
});
const ANSWER = { data: { segment: { label: 'Segment 1' } } };

/** Starts a gateway with these settings under `listen`, and finds its Fastify instance. */
async function start(listen: object): Promise<{ gateway: TestGateway; fastify: FastifyInstance }> {
  const instances: FastifyInstance[] = [];
  using _ = onFastify((instance) => instances.push(instance));
  const gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 3))],
    config: { listen: { port: 0, ...listen } },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  const [fastify] = instances;
  if (fastify === undefined || instances.length > 1) throw new Error('there must be one Fastify instance');
  return { gateway, fastify };
}

/** Lets localhost have two addresses, as on many machines, for a lookup of all addresses. */
function giveLocalhostTwoAddresses(): void {
  const lookup = dns.lookup.bind(dns) as (...args: unknown[]) => unknown;
  vi.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]): unknown => {
    const [host, options, callback] = args;
    const all = host === 'localhost' && (options as { all?: boolean }).all === true;
    if (!all || typeof callback !== 'function') return lookup(...args);
    (callback as (error: null, addresses: object[]) => void)(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    return undefined;
  });
}

describe('a gateway with listen.host localhost', () => {
  let authority: Certificate;
  let certificate: Certificate;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await issue(authority, { name: 'localhost' });
  });

  it('listens on one address and answers on the fast path there', async () => {
    giveLocalhostTwoAddresses();
    const { gateway, fastify } = await start({ host: 'localhost' });
    expect(gateway.url).toMatch(/^http:\/\/localhost:\d+\/graphql$/);
    expect(fastify.addresses()).toHaveLength(1);
    for (let turn = 0; turn < 3; turn += 1) expect((await gateway.post(BODY)).body).toEqual(ANSWER);
    expect(await fastResponses(gateway)).toBeGreaterThan(0);
    expect(gateway.log.find(({ msg }) => String(msg).startsWith('Server listening at'))).toMatchObject({
      msg: expect.stringMatching(/ at http:\/\//) as string,
    });
  });

  it('listens on one address with TLS too', async () => {
    giveLocalhostTwoAddresses();
    const { gateway, fastify } = await start({ host: 'localhost', tls: certificate });
    expect(gateway.url).toMatch(/^https:\/\/localhost:\d+\/graphql$/);
    expect(fastify.addresses()).toHaveLength(1);
    for (let turn = 0; turn < 3; turn += 1) {
      const { body } = await https(gateway.url, { ca: authority.cert, body: BODY });
      expect(JSON.parse(body)).toEqual(ANSWER);
    }
    expect(await fastResponses(gateway)).toBeGreaterThan(0);
    expect(gateway.log.find(({ msg }) => String(msg).startsWith('Server listening at'))).toMatchObject({
      msg: expect.stringMatching(/ at https:\/\//) as string,
    });
  });

  it('reports a port that is in use', async () => {
    const { gateway } = await start({ host: 'localhost' });
    const port = Number(new URL(gateway.url).port);
    await expect(start({ host: 'localhost', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await gateway.post(BODY)).body).toEqual(ANSWER);
  });
});

describe('the address to listen on', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::', 'gateway.example.com'])('is %s as it is', async (host) => {
    expect(await listenAddress(host)).toBe(host);
  });

  it.each(['localhost', 'LOCALHOST'])('is an address of this machine for %s', async (host) => {
    expect(await listenAddress(host)).toMatch(/^(127\.0\.0\.1|::1)$/);
  });
});

describe('the HTTP server', () => {
  it('has the time limits that the gateway sets', async () => {
    const { fastify } = await start({});
    expect(fastify.server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 0,
      keepAliveTimeout: 75_000,
      timeout: 0,
    });
  });
});
