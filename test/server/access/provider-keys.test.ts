import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer, type FurtherConfig } from '../../support/gateway.js';
import { KeyProvider, keySetOf, signingKey, type SigningKey } from '../../support/key-provider.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];
const ISSUER = 'https://id.example.com/';
const AUDIENCE = 'aam-segment-gateway';
const QUERY = { query: '{ customers { nodes { id } } }' };
const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'report-job',
  exp: Date.UTC(2026, 0, 16) / 1_000,
  customers: ['acme'],
  permissions: ['read'],
};

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

function accessOf(provider: KeyProvider): FurtherConfig {
  return {
    access: {
      apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'])],
      jwt: { issuer: ISSUER, audience: AUDIENCE, jwksUri: provider.uri },
    },
  };
}

const start = (provider: KeyProvider): Promise<TestGateway> =>
  TestGateway.start({ simulated: SIMULATED, config: accessOf(provider) });

/** The customers that a request with a token sees; its status where it is refused. */
async function seenWith(gateway: TestGateway, token: string): Promise<string[] | number> {
  const { status, body } = await gateway.post(QUERY, bearer(token));
  const { data } = body as Answer<{ customers: { nodes: { id: string }[] } }>;
  return data?.customers.nodes.map(({ id }) => id) ?? status;
}

/** Two keys, of which the provider publishes the first, and a token by each. */
async function twoKeys(): Promise<{
  old: SigningKey;
  next: SigningKey;
  oldToken: string;
  nextToken: string;
}> {
  const [old, next] = await Promise.all([signingKey('ES256', 'old'), signingKey('ES256', 'next')]);
  const [oldToken, nextToken] = await Promise.all([old.sign(CLAIMS), next.sign(CLAIMS)]);
  return { old, next, oldToken, nextToken };
}

function reasonOf(gateway: TestGateway): unknown {
  return gateway.log.filter(({ audit }) => audit === 'denied').at(-1)?.['reason'];
}

const UNAVAILABLE = { status: 503, body: '' };

describe("the provider's keys", () => {
  it('are fetched when the first token comes, and once for many', async () => {
    const key = await signingKey('ES256', 'one');
    await using provider = await KeyProvider.start(keySetOf(key));
    await using gateway = await start(provider);
    expect(provider.requests).toBe(0);
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) => key.sign({ ...CLAIMS, sub: `job-${index}` })),
    );
    const seen = await Promise.all(tokens.map((token) => seenWith(gateway, token)));
    expect(seen).toEqual(tokens.map(() => ['acme']));
    expect(await seenWith(gateway, await key.sign(CLAIMS))).toEqual(['acme']);
    expect(provider.requests).toBe(1);
  });

  it('are not fetched for what is no token', async () => {
    await using provider = await KeyProvider.start(keySetOf(await signingKey('ES256', 'one')));
    await using gateway = await start(provider);
    for (const credential of ['some-key', 'eyJ', 'a.b.c', 'eyJ.e.s.t', `eyJ${'x'.repeat(100)}`]) {
      expect(await seenWith(gateway, credential)).toBe(401);
    }
    expect(provider.requests).toBe(0);
  });

  it('are fetched again for a token that names a new one, but not more than every 30 s', async () => {
    const { old, next, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using gateway = await start(provider);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    provider.answer = { status: 200, body: keySetOf(old, next) };
    gateway.clock.advance(29_999);
    expect(await seenWith(gateway, nextToken)).toBe(401);
    expect(reasonOf(gateway)).toBe('the token is not accepted: its key is not among those of the issuer');
    expect(provider.requests).toBe(1);
    gateway.clock.advance(1);
    expect(await seenWith(gateway, nextToken)).toEqual(['acme']);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    expect(provider.requests).toBe(2);
  });

  it('are fetched again after 10 minutes, so that one that was withdrawn lets nobody in', async () => {
    const { old, next, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using gateway = await start(provider);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    provider.answer = { status: 200, body: keySetOf(next) };
    gateway.clock.advance(599_999);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    gateway.clock.advance(1);
    expect(await seenWith(gateway, oldToken)).toBe(401);
    expect(await seenWith(gateway, nextToken)).toEqual(['acme']);
    expect(provider.requests).toBe(2);
  });

  it('are fetched again after a reload, and those of the same provider are kept meanwhile', async () => {
    const { old, next, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using gateway = await start(provider);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    provider.answer = { status: 200, body: keySetOf(next) };
    gateway.reload(accessOf(provider));
    expect(await seenWith(gateway, oldToken)).toBe(401);
    provider.answer = UNAVAILABLE;
    gateway.reload(accessOf(provider));
    expect(await seenWith(gateway, nextToken)).toEqual(['acme']);
  });

  it('of another provider do not outlive a reload', async () => {
    const { old, next, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using other = await KeyProvider.start(keySetOf(next));
    await using gateway = await start(provider);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    gateway.reload(accessOf(other));
    expect(await seenWith(gateway, oldToken)).toBe(401);
    expect(await seenWith(gateway, nextToken)).toEqual(['acme']);
  });
});

describe('an identity provider', () => {
  it.each([
    ['answers with an error', { status: 500, body: '{}' }, 'its status was 500'],
    ['sends its callers elsewhere', { status: 302, body: '' }, 'its status was 302'],
    ['answers with a page', { status: 200, body: '<html>' }, 'its answer was no key set'],
    ['answers with something else', { status: 200, body: '{"keys":"none"}' }, 'its answer was no key set'],
    ['answers without end', { status: 200, body: ' '.repeat(1_100_000) }, 'its answer was longer than 1 MiB'],
    ['is down', null, 'the connection failed: ECONNREFUSED'],
  ])('that %s: tokens get 503 with retry-after, and keys go on', async (_, answer, reason) => {
    const { old, oldToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using gateway = await start(provider);
    if (answer === null) await provider.stop();
    else provider.answer = answer;
    const { status, headers, body } = await gateway.post(QUERY, bearer(oldToken));
    expect([status, headers.get('retry-after'), headers.get('www-authenticate')]).toEqual([503, '10', null]);
    expect(body).toEqual({
      errors: [
        {
          message:
            'The token cannot be checked now, because the identity provider does not answer. It has not been rejected; try again in 10 s.',
          extensions: { code: 'RATE_LIMITED' },
        },
      ],
    });
    expect((await gateway.post(QUERY, withKey('acme-key'))).status).toBe(200);
    expect((await gateway.post(QUERY, withKey('other-key'))).status).toBe(401);
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(gateway.log.filter(({ level }) => level === 'warn')).toMatchObject([
      { jwksUri: provider.uri, reason, knowsKeys: false },
    ]);
    expect(gateway.log.find(({ msg }) => msg === 'request')).toMatchObject({
      status: 503,
      codes: ['RATE_LIMITED'],
    });
    expect(gateway.log.filter(({ audit, caller }) => audit === 'denied' && caller !== null)).toEqual([]);
    expect(await gateway.metric('aam_gateway_rejected_requests_total{reason="identity_provider"}')).toBe(1);
  });

  it('that does not answer is given up after 5 s, for all requests that wait', async () => {
    const { old, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    provider.isSilent = true;
    await using gateway = await start(provider);
    const waiting = Promise.all([oldToken, nextToken, oldToken].map((token) => seenWith(gateway, token)));
    await provider.received(1);
    gateway.clock.advance(5_000);
    expect(await waiting).toEqual([503, 503, 503]);
    expect(provider.requests).toBe(1);
    expect(gateway.log.filter(({ level }) => level === 'warn')).toMatchObject([
      { reason: 'it took too long' },
    ]);
  });

  it('that fails is asked again after 10 s, once for all requests together', async () => {
    const { old, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    const { answer } = provider;
    provider.answer = UNAVAILABLE;
    await using gateway = await start(provider);
    const ask = (): Promise<(string[] | number)[]> =>
      Promise.all(
        Array.from({ length: 20 }, (_, index) => seenWith(gateway, index % 2 === 0 ? oldToken : nextToken)),
      );
    expect(new Set(await ask())).toEqual(new Set([503]));
    gateway.clock.advance(9_999);
    expect(new Set(await ask())).toEqual(new Set([503]));
    expect(provider.requests).toBe(1);
    const { headers } = await gateway.post(QUERY, bearer(oldToken));
    expect(headers.get('retry-after')).toBe('1');
    gateway.clock.advance(1);
    expect(new Set(await ask())).toEqual(new Set([503]));
    expect(provider.requests).toBe(2);
    provider.answer = answer;
    gateway.clock.advance(10_000);
    expect((await ask()).slice(0, 2)).toEqual([['acme'], 401]);
    expect(provider.requests).toBe(3);
    expect(
      gateway.log.filter(({ msg }) => msg === 'the keys of the identity provider can be fetched again'),
    ).toHaveLength(1);
  });

  it('that fails does not matter to tokens with keys that are known, however old they are', async () => {
    const { old, next, oldToken, nextToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using gateway = await start(provider);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    provider.answer = UNAVAILABLE;
    for (let hour = 0; hour < 5; hour += 1) {
      gateway.clock.advance(3_600_000);
      expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    }
    // It may still be signed by nobody.
    expect(await seenWith(gateway, `${oldToken.slice(0, -4)}AAAA`)).toBe(401);
    // Whether this one is good can only be said by the provider.
    expect(await seenWith(gateway, nextToken)).toBe(503);
    gateway.clock.advance(10_000);
    provider.answer = { status: 200, body: keySetOf(next) };
    expect(await seenWith(gateway, nextToken)).toEqual(['acme']);
    expect(await seenWith(gateway, oldToken)).toBe(401);
  });

  it('that hangs makes nobody wait twice whose key is known', async () => {
    const { old, oldToken } = await twoKeys();
    await using provider = await KeyProvider.start(keySetOf(old));
    await using gateway = await start(provider);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    provider.isSilent = true;
    gateway.clock.advance(600_000);
    const first = seenWith(gateway, oldToken);
    await provider.received(2);
    gateway.clock.advance(5_000);
    expect(await first).toEqual(['acme']);
    gateway.clock.advance(10_000);
    // The clock stands still: a request that waited for the provider would never be answered.
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    expect(await seenWith(gateway, oldToken)).toEqual(['acme']);
    await provider.received(3);
    expect(provider.requests).toBe(3);
  });
});
