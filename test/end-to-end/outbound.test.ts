import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { createAuthority, issue } from '../support/certificates.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { FakeClock } from '../support/fake-clock.js';
import { TestGateway, configTextFor } from '../support/gateway.js';
import { ConnectProxy } from '../support/proxy.js';
import { TlsFront } from '../support/tls-front.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const HOST = 'aam.example.test';
const credentials = { username: 'gateway', password: 'p@ss:wörd/100%' };
const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');

/** A gateway that can reach the simulator through the proxy alone. */
async function start(
  options: { trusting?: boolean; refusal?: number } = {},
): Promise<{ gateway: TestGateway; proxy: ConnectProxy; more: Record<string, Record<string, unknown>> }> {
  const { trusting = true, refusal } = options;
  const authority = await createAuthority();
  // Not the gateway's own, which it could reach directly.
  const clock = new FakeClock();
  const simulator = await AudienceManagerSimulator.start({ customers: SIMULATED, now: () => clock.now() });
  onTestFinished(() => simulator.stop());
  const front = await TlsFront.start(simulator.baseUrl, await issue(authority, { hosts: [HOST] }));
  onTestFinished(() => front[Symbol.asyncDispose]());
  const proxy = await ConnectProxy.start({
    credentials,
    hosts: { [HOST]: front.port },
    ...(refusal === undefined ? {} : { refusal }),
  });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const password = {
    baseUrl: front.url(simulator.baseUrl, HOST),
    tokenUrl: front.url(simulator.passwordTokenUrl, HOST),
    ...simulator.partner,
  };
  const more = {
    audienceManager: { password },
    outbound: { proxy: proxy.url, ...(trusting ? { ca: authority.cert } : {}) },
  };
  const gateway = await TestGateway.start({
    simulated: SIMULATED,
    config: more,
    gateway: { logLevel: 'trace' },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return { gateway, proxy, more };
}

function expectNothingTold(gateway: TestGateway, answer: unknown): void {
  const told = [JSON.stringify(answer), ...gateway.logLines].join('\n');
  for (const secret of [credentials.password, encodeURIComponent(credentials.password), basic]) {
    expect(told).not.toContain(secret);
  }
}

describe('a gateway behind a proxy', () => {
  it('answers names that it read through it', async () => {
    const { gateway, proxy } = await start();
    const answer = await gateway.query(NAME);
    expect(answer).toEqual({ data: { segment: { label: 'Segment 1' } } });
    expect(proxy.targets.length).toBeGreaterThan(0);
    expectNothingTold(gateway, answer);
  });

  it.each([
    ['no authority', { trusting: false }, 'outbound.ca'],
    ['other credentials', { refusal: 407 }, 'outbound.proxy'],
  ])('says what to do with %s, and no secret', async (_, options, key) => {
    const { gateway } = await start(options);
    const answer = await gateway.query(NAME);
    expect(answer.errors).toMatchObject([{ extensions: { code: 'AAM_UNAVAILABLE' } }]);
    expect(answer.errors?.[0]?.message).toContain(key);
    expectNothingTold(gateway, answer);
  });

  it('takes another proxy at the next start, and keeps the secrets of this one until then', async () => {
    const { gateway, proxy, more } = await start();
    const text = configTextFor(gateway.simulator, SIMULATED, undefined, {
      ...more,
      outbound: { proxy: 'http://u:another@proxy' },
    });
    const file = join(gateway.folder, 'gateway.yaml');
    gateway.gateway.reload(parseConfig(text, { file, env: {} }));
    expect(gateway.log.filter(({ keys }) => keys !== undefined)).toMatchObject([{ keys: ['outbound'] }]);
    expect(await gateway.query(NAME)).toMatchObject({ data: { segment: { label: 'Segment 1' } } });
    gateway.gateway.logger.info({ a: proxy.url, b: `Basic ${basic}`, c: 'another' }, credentials.password);
    expect(gateway.log.at(-1)).toMatchObject({
      a: `http://gateway:[redacted]@127.0.0.1:${proxy.port}`,
      b: 'Basic [redacted]',
      c: '[redacted]',
      msg: '[redacted]',
    });
  });
});

describe('the keys of an identity provider', () => {
  it('are read through the proxy too, trusting the same authorities', async () => {
    const clock = new FakeClock();
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const provider = createServer((_request, response) => {
      void exportJWK(publicKey).then((key) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ keys: [{ ...key, alg: 'ES256' }] }));
      });
    });
    await once(provider.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void provider.close());
    const authority = await createAuthority();
    const keysUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
    const front = await TlsFront.start(keysUrl, await issue(authority, { hosts: [HOST] }));
    onTestFinished(() => front[Symbol.asyncDispose]());
    const proxy = await ConnectProxy.start({ credentials, hosts: { [HOST]: front.port } });
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    const jwt = { issuer: 'https://id.example.com', audience: 'names', jwksUri: front.url(keysUrl, HOST) };
    const token = await new SignJWT({ customers: 'all', permissions: 'read' })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(jwt.issuer)
      .setAudience(jwt.audience)
      .setSubject('reports')
      .setExpirationTime(clock.now() / 1000 + 600)
      .sign(privateKey);
    const start = async (outbound: Record<string, unknown>): Promise<TestGateway> => {
      const gateway = await TestGateway.start({
        simulated: SIMULATED,
        config: { access: { jwt }, outbound },
      });
      onTestFinished(() => gateway[Symbol.asyncDispose]());
      return gateway;
    };
    const ask = async (gateway: TestGateway): Promise<number> =>
      (await gateway.post({ query: NAME }, { authorization: `Bearer ${token}` })).status;
    expect(await ask(await start({ proxy: proxy.url, ca: authority.cert }))).toBe(200);
    expect(proxy.targets).toEqual([`${HOST}:${front.port}`]);
    expect(await ask(await start({ proxy: proxy.url }))).toBe(503);
  });
});
