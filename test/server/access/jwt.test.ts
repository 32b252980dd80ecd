import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JWTPayload } from 'jose';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer } from '../../support/gateway.js';
import { keySetOf, signingKey, type SigningKey } from '../../support/key-provider.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];
const ISSUER = 'https://id.example.com/';
const AUDIENCE = 'aam-segment-gateway';

/** Seconds since the epoch at which the gateway's clock stands. */
const NOW = Date.UTC(2026, 0, 15, 12) / 1_000;

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'report-job', exp: NOW + 300 };
const GOOD = { ...CLAIMS, customers: ['acme'], permissions: ['read'] };

/** The customers that a request with a token sees; its status where it is refused. */
async function seenWith(gateway: TestGateway, token: string): Promise<string[] | number> {
  const { status, body } = await gateway.post(
    { query: '{ customers { nodes { id } } }' },
    { authorization: `Bearer ${token}` },
  );
  const { data } = body as Answer<{ customers: { nodes: { id: string }[] } }>;
  return data?.customers.nodes.map(({ id }) => id) ?? status;
}

/** Why the last request was refused, as the log has it. */
function reasonOf(gateway: TestGateway): unknown {
  return gateway.log.filter(({ audit }) => audit === 'denied').at(-1)?.['reason'];
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token signed with a text as the secret. */
function hmacToken(algorithm: 'HS256' | 'HS512', secret: string, kid: string): string {
  const signed = `${encoded({ alg: algorithm, typ: 'JWT', kid })}.${encoded(GOOD)}`;
  const hash = algorithm === 'HS256' ? 'sha256' : 'sha512';
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

describe('a token', () => {
  let gateway: TestGateway;
  let rsa: SigningKey;
  let elliptic: SigningKey;
  let edwards: SigningKey;
  let stranger: SigningKey;

  beforeAll(async () => {
    [rsa, elliptic, edwards, stranger] = await Promise.all([
      signingKey('RS256', 'rsa'),
      signingKey('ES256', 'elliptic'),
      signingKey('EdDSA', 'edwards'),
      signingKey('RS256', 'rsa'),
    ]);
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'keys.json': keySetOf(rsa, elliptic, edwards) },
      config: {
        access: {
          apiKeys: [entryOf('acme-key', 'acme-ui', ['acme'])],
          jwt: { issuer: ISSUER, audience: AUDIENCE, jwksFile: 'keys.json' },
        },
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it('lets its caller in, by whichever of the keys it was signed', async () => {
    for (const key of [rsa, elliptic, edwards]) {
      expect(await seenWith(gateway, await key.sign(GOOD))).toEqual(['acme']);
    }
  });

  it('may come as x-api-key too, and stands beside API keys', async () => {
    const query = { query: '{ customers { totalCount } }' };
    expect((await gateway.post(query, withKey(await rsa.sign(GOOD)))).status).toBe(200);
    expect((await gateway.post(query, withKey('acme-key'))).status).toBe(200);
    expect((await gateway.post(query, withKey('other-key'))).status).toBe(401);
    expect(reasonOf(gateway)).toBe('the API key is not known');
  });

  it.each([
    ['the subject', { sub: 'anna', client_id: 'job' }, 'jwt:anna'],
    ['the client where there is no subject', { sub: undefined, client_id: 'job' }, 'jwt:job'],
    ['the authorized party where there is neither', { sub: '', azp: 'portal' }, 'jwt:portal'],
    ['nobody in particular where nothing says', { sub: undefined }, 'jwt:(no subject)'],
  ])('names its caller in the log: %s', async (_, claims, expected) => {
    const token = await rsa.sign({ ...GOOD, ...claims } as JWTPayload);
    expect(await seenWith(gateway, token)).toEqual(['acme']);
    expect(gateway.log.filter(({ msg }) => msg === 'request').at(-1)?.['caller']).toBe(expected);
  });

  it('has a subject without control characters, of 200 characters at most, that is its own', async () => {
    const callerOf = async (sub: string): Promise<string> => {
      expect(await seenWith(gateway, await rsa.sign({ ...GOOD, sub }))).toEqual(['acme']);
      return String(gateway.log.filter(({ msg }) => msg === 'request').at(-1)?.['caller']);
    };
    const hostile = '\u001b[2Janna\u009b\u2028\u202e\n"';
    expect(await callerOf(hostile)).toMatch(/^jwt:\[2Janna"~[\da-f]{16}$/);
    expect(await callerOf('[2Janna"')).toBe('jwt:[2Janna"');
    const [one, other] = [await callerOf(`${'é'.repeat(199)}xA`), await callerOf(`${'é'.repeat(199)}xB`)];
    expect(one.slice(4)).toHaveLength(200);
    expect(one).not.toBe(other);
    expect(await callerOf('é'.repeat(200))).toBe(`jwt:${'é'.repeat(200)}`);
    // What looks like a changed subject is changed again, so that nobody can take its place.
    expect(await callerOf(one.slice(4))).not.toBe(one);
    expect(gateway.logLines.join('')).not.toMatch(/[\u007f-\u009f\u2028\u202e]|\\u001b/);
  });

  it('has its own name, apart from a key that is named like its subject', async () => {
    const edit = { permissions: 'read import', customers: 'acme', sub: 'acme-ui' };
    const headers = { authorization: `Bearer ${await rsa.sign({ ...CLAIMS, ...edit })}` };
    const key = '{ customerId: "acme", destinationId: "314", segmentId: "1001" }';
    const { body } = await gateway.post(
      {
        query: `mutation { setSegment(key: ${key}, name: "By token") { history(first: 1) { nodes { by name } } } }`,
      },
      headers,
    );
    expect(body).toEqual({
      data: { setSegment: { history: { nodes: [{ by: 'jwt:acme-ui', name: 'By token' }] } } },
    });
    const viewer = { query: '{ viewer { name } }' };
    for (const each of [headers, withKey('acme-key')]) {
      expect((await gateway.post(viewer, each)).body).toEqual({ data: { viewer: { name: 'acme-ui' } } });
    }
    const callers = gateway.log.filter(({ msg }) => msg === 'request').map(({ caller }) => caller);
    expect(callers.slice(-2)).toEqual(['jwt:acme-ui', 'key:acme-ui']);
    const audited = gateway.log.filter(({ audit }) => audit === 'set').at(-1);
    expect(audited).toMatchObject({ caller: 'jwt:acme-ui', outcome: 'ok' });
  });

  it.each([
    ['is still good', { exp: NOW + 1 }],
    ['ended 29 s ago, as clocks differ', { exp: NOW - 29 }],
    ['begins in 30 s, as clocks differ', { nbf: NOW + 30 }],
    ['is for several audiences, this among them', { aud: ['billing', AUDIENCE] }],
  ])('that %s is accepted', async (_, claims) => {
    expect(await seenWith(gateway, await rsa.sign({ ...GOOD, ...claims }))).toEqual(['acme']);
  });

  it.each([
    ['ended 30 s ago', { exp: NOW - 30 }, 'it has expired'],
    ['begins in 31 s', { nbf: NOW + 31 }, 'its claim nbf is missing or not accepted'],
    ['never ends', { exp: undefined }, 'its claim exp is missing or not accepted'],
    ['has an end that is no number', { exp: 'tomorrow' }, 'its claim exp is missing or not accepted'],
    ['is of another issuer', { iss: 'https://id.example.com' }, 'its claim iss is missing or not accepted'],
    ['is of no issuer', { iss: undefined }, 'its claim iss is missing or not accepted'],
    ['is for another audience', { aud: 'billing' }, 'its claim aud is missing or not accepted'],
    ['is for no audience', { aud: undefined }, 'its claim aud is missing or not accepted'],
  ])('that %s is refused, and why stands in the log alone', async (_, claims, reason) => {
    const token = await rsa.sign({ ...GOOD, ...claims } as JWTPayload);
    const answer = await gateway.post({ query: '{ __typename }' }, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toEqual({
      errors: [
        {
          message:
            'Authentication required: send an API key as x-api-key: KEY, or a key or token as authorization: Bearer KEY.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    });
    expect(reasonOf(gateway)).toBe(`the token is not accepted: ${reason}`);
    expect(gateway.logLines.join('')).not.toContain(token.split('.')[1]);
  });

  it('ends while the gateway runs', async () => {
    const token = await rsa.sign({ ...GOOD, exp: NOW + 3_600 });
    await using later = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'keys.json': keySetOf(rsa) },
      config: { access: { jwt: { issuer: ISSUER, audience: AUDIENCE, jwksFile: 'keys.json' } } },
    });
    expect(await seenWith(later, token)).toEqual(['acme']);
    later.clock.advance(3_629_000);
    expect(await seenWith(later, token)).toEqual(['acme']);
    later.clock.advance(1_000);
    expect(await seenWith(later, token)).toBe(401);
  });

  it.each<[string, () => Promise<string> | string, string]>([
    ['unsigned', () => `${encoded({ alg: 'none' })}.${encoded(GOOD)}.`, 'its algorithm is not allowed'],
    [
      'unsigned, with a signature',
      () => `${encoded({ alg: 'none' })}.${encoded(GOOD)}.AAAA`,
      'its algorithm is not allowed',
    ],
    [
      'signed with the public key as a secret',
      () => hmacToken('HS256', rsa.publicPem, 'rsa'),
      'its algorithm is not allowed',
    ],
    [
      'signed with the published key as a secret',
      () => hmacToken('HS512', JSON.stringify(rsa.publicJwk), 'rsa'),
      'its algorithm is not allowed',
    ],
    ['signed by somebody else under the same name', () => stranger.sign(GOOD), 'its signature is wrong'],
    [
      'signed by a key that it brings along',
      () => stranger.sign(GOOD, { jwk: stranger.publicJwk }),
      'its signature is wrong',
    ],
    [
      'signed by a key that nobody published',
      () => stranger.sign(GOOD, { kid: 'unpublished' }),
      'its key is not among those of the issuer',
    ],
    [
      'signed by a key of another kind than it says',
      () => rsa.sign(GOOD, { kid: 'elliptic' }),
      'its key is not among those of the issuer',
    ],
    [
      'changed after it was signed',
      async () => {
        const [head, , signature] = (await rsa.sign(GOOD)).split('.');
        return `${head}.${encoded({ ...GOOD, customers: 'all' })}.${signature}`;
      },
      'its signature is wrong',
    ],
    [
      'with something in its head that must be understood',
      () => `${encoded({ alg: 'RS256', kid: 'rsa', crit: ['x'], x: 1 })}.${encoded(GOOD)}.AAAA`,
      "it cannot be verified with the issuer's keys",
    ],
    ['without a payload', () => `${encoded({ alg: 'RS256', kid: 'rsa' })}..AAAA`, 'its signature is wrong'],
  ])('%s is refused', async (_, make, reason) => {
    expect(await seenWith(gateway, await make())).toBe(401);
    expect(reasonOf(gateway)).toBe(`the token is not accepted: ${reason}`);
  });

  it.each(['RS384', 'PS512', 'ES384'])(
    'signed by %s is refused unless that is allowed',
    async (algorithm) => {
      const key = await signingKey(algorithm, 'strong');
      const start = (more: object): Promise<TestGateway> =>
        TestGateway.start({
          simulated: SIMULATED,
          files: { 'keys.json': keySetOf(key) },
          config: { access: { jwt: { issuer: ISSUER, audience: AUDIENCE, jwksFile: 'keys.json', ...more } } },
        });
      await using usual = await start({});
      expect(await seenWith(usual, await key.sign(GOOD))).toBe(401);
      expect(reasonOf(usual)).toBe('the token is not accepted: its algorithm is not allowed');
      await using strict = await start({ algorithms: [algorithm] });
      expect(await seenWith(strict, await key.sign(GOOD))).toEqual(['acme']);
      expect(await seenWith(strict, await rsa.sign(GOOD))).toBe(401);
    },
  );

  it.each<[unknown, string[]]>([
    [['acme'], ['acme']],
    [
      ['globex', 'acme'],
      ['acme', 'globex'],
    ],
    ['acme', ['acme']],
    ['globex acme', ['acme', 'globex']],
    ['  globex\tacme ', ['acme', 'globex']],
    ['all', ['acme', 'globex']],
    [['all'], []],
    [['all', 'acme'], ['acme']],
    ['all acme', ['acme']],
    [' all', []],
    ['ALL', []],
    [['umbrella', 'acme'], ['acme']],
    [['acme globex'], []],
    [['acme', 566, null, { id: 'globex' }], ['acme']],
    [[], []],
    ['', []],
    [undefined, []],
    [null, []],
    [true, []],
    [566, []],
    [{ acme: true }, []],
  ])('whose customers are %j shows %j', async (customers, expected) => {
    expect(await seenWith(gateway, await rsa.sign({ ...GOOD, customers }))).toEqual(expected);
  });

  it.each<[unknown, boolean]>([
    [['read'], true],
    ['read', true],
    ['openid profile read', true],
    [['admin', 'read', 'superuser'], true],
    [['refresh', 'import'], false],
    [['Read'], false],
    ['read-all', false],
    ['all', false],
    [['*'], false],
    [[], false],
    [undefined, false],
    [{ read: true }, false],
    [true, false],
  ])('whose permissions are %j may read: %j', async (permissions, expected) => {
    const seen = await seenWith(gateway, await rsa.sign({ ...GOOD, permissions }));
    expect(seen).toEqual(expected ? ['acme'] : 403);
  });

  it('can carry its rights in claims of other names', async () => {
    const claims = { customersClaim: 'https://example.com/aam/customers', permissionsClaim: 'scope' };
    await using renamed = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'keys.json': keySetOf(rsa) },
      config: { access: { jwt: { issuer: ISSUER, audience: AUDIENCE, jwksFile: 'keys.json', ...claims } } },
    });
    const rights = { 'https://example.com/aam/customers': ['globex'], scope: 'openid read' };
    expect(await seenWith(renamed, await rsa.sign({ ...CLAIMS, ...rights }))).toEqual(['globex']);
    expect(await seenWith(renamed, await rsa.sign(GOOD))).toBe(403);
    expect((await renamed.post({ query: '{ __typename }' }, withKey('acme-key'))).status).toBe(401);
  });
});

describe('keys in a file', () => {
  it('are read again when the configuration is', async () => {
    const [old, next] = await Promise.all([signingKey('ES256', 'old'), signingKey('ES256', 'next')]);
    const config = { access: { jwt: { issuer: ISSUER, audience: AUDIENCE, jwksFile: 'keys.json' } } };
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'keys.json': keySetOf(old) },
      config,
    });
    expect(await seenWith(gateway, await old.sign(GOOD))).toEqual(['acme']);
    await gateway.write('keys.json', keySetOf(next));
    expect(await seenWith(gateway, await next.sign(GOOD))).toBe(401);
    gateway.reload(config);
    expect(await seenWith(gateway, await next.sign(GOOD))).toEqual(['acme']);
    expect(await seenWith(gateway, await old.sign(GOOD))).toBe(401);
  });
});
