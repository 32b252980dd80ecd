import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];
const CUSTOMERS = { query: '{ customers { nodes { id } } }' };

/** The IDs of the customers that a request with these headers sees; its status where it is refused. */
async function seenWith(gateway: TestGateway, headers: Record<string, string>): Promise<string[] | number> {
  const { status, body } = await gateway.post(CUSTOMERS, headers);
  const { data } = body as Answer<{ customers: { nodes: { id: string }[] } }>;
  return data?.customers.nodes.map(({ id }) => id) ?? status;
}

const access = (...apiKeys: object[]): { access: { apiKeys: object[] } } => ({ access: { apiKeys } });

describe('an API key', () => {
  let gateway: TestGateway;
  const shouted = entryOf('shouted-key', 'shouted', ['acme']);

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: access(
        entryOf('acme-key', 'acme-ui', ['acme']),
        entryOf('both-key', 'both', ['globex', 'acme']),
        entryOf('all-key', 'everything', 'all'),
        entryOf('old-key', 'rotated', ['acme']),
        entryOf('new-key', 'rotated', ['acme', 'globex']),
        { ...shouted, sha256: shouted.sha256.toUpperCase() },
      ),
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each([
    ['as x-api-key', { 'x-api-key': 'acme-key' }],
    ['as a bearer token', { authorization: 'Bearer acme-key' }],
    ['as a bearer token, whatever the case of the scheme', { authorization: 'bEARER acme-key' }],
    ['as a bearer token with blanks around it', { authorization: 'Bearer   acme-key  ' }],
    ['beside an empty x-api-key', { 'x-api-key': '', authorization: 'Bearer acme-key' }],
  ])('lets its caller in %s', async (_, headers) => {
    expect(await seenWith(gateway, headers as Record<string, string>)).toEqual(['acme']);
  });

  it.each([
    ['none', {}],
    ['an unknown one', { 'x-api-key': 'no-such-key' }],
    ['an empty one', { 'x-api-key': '' }],
    ['an unknown bearer token', { authorization: 'Bearer no-such-key' }],
    ['an empty bearer token', { authorization: 'Bearer ' }],
    ['one of another scheme', { authorization: 'Basic acme-key' }],
    ['one without a scheme', { authorization: 'acme-key' }],
    ['one in another case', { 'x-api-key': 'ACME-KEY' }],
    ['the beginning of one', { 'x-api-key': 'acme-ke' }],
    ['one with more behind it', { 'x-api-key': 'acme-key2' }],
    ['two in one header', { 'x-api-key': 'acme-key, acme-key' }],
    ['the hash of one', { 'x-api-key': entryOf('acme-key', '').sha256 }],
    ['one in the wrong header', { 'api-key': 'acme-key' }],
    ['what looks like a token, where none are taken', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
  ])('%s is answered with 401, and how to do it', async (_, headers) => {
    const { status, headers: answered, body } = await gateway.post(CUSTOMERS, headers);
    expect(status).toBe(401);
    expect(answered.get('www-authenticate')).toBe('Bearer');
    expect(body).toEqual({
      errors: [
        {
          message:
            'Authentication required: send an API key as x-api-key: KEY, or a key or token as authorization: Bearer KEY.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    });
  });

  it('is not taken from the address', async () => {
    const response = await gateway.fetch(
      '/export/acme/314.csv?x-api-key=acme-key&api_key=acme-key&access_token=acme-key',
    );
    expect(response.status).toBe(401);
  });

  it('shows its caller the customers that it names, or all', async () => {
    expect(await seenWith(gateway, withKey('acme-key'))).toEqual(['acme']);
    expect(await seenWith(gateway, withKey('both-key'))).toEqual(['acme', 'globex']);
    expect(await seenWith(gateway, withKey('all-key'))).toEqual(['acme', 'globex']);
  });

  it('may be known by its hash in capitals', async () => {
    expect(await seenWith(gateway, withKey('shouted-key'))).toEqual(['acme']);
  });

  it('may share its name with others, each with its own rights', async () => {
    expect(await seenWith(gateway, withKey('old-key'))).toEqual(['acme']);
    expect(await seenWith(gateway, withKey('new-key'))).toEqual(['acme', 'globex']);
    const callers = gateway.log.filter(({ msg }) => msg === 'request').map(({ caller }) => caller);
    expect(callers.slice(-2)).toEqual(['key:rotated', 'key:rotated']);
  });

  it('is never written anywhere, nor is its hash', async () => {
    await seenWith(gateway, withKey('acme-key'));
    await seenWith(gateway, { authorization: 'Bearer no-such-key' });
    const log = gateway.logLines.join('');
    for (const word of ['acme-key', 'no-such-key', entryOf('acme-key', '').sha256])
      expect(log).not.toContain(word);
  });
});

describe('a change of the keys', () => {
  it('counts from the next request on: for new ones, for old ones, and for what they may', async () => {
    const [one, other] = [entryOf('one-key', 'one', ['acme']), entryOf('other-key', 'other', ['globex'])];
    await using gateway = await TestGateway.start({ simulated: SIMULATED, config: access(one) });
    const seen = async (): Promise<unknown[]> => [
      await seenWith(gateway, withKey('one-key')),
      await seenWith(gateway, withKey('other-key')),
    ];
    expect(await seen()).toEqual([['acme'], 401]);
    gateway.reload(access(one, other));
    expect(await seen()).toEqual([['acme'], ['globex']]);
    gateway.reload(access({ ...one, customers: 'all' }, { ...other, permissions: ['import'] }));
    expect(await seen()).toEqual([['acme', 'globex'], 403]);
    gateway.reload(access(other));
    expect(await seen()).toEqual([401, ['globex']]);
  });

  it('can turn access control on at once, and not off before the next start', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED });
    const kept = (): unknown[] =>
      gateway.log.filter(({ msg }) => String(msg).includes('restart the gateway if they are to go'));
    const key = withKey('one-key');
    expect(await seenWith(gateway, {})).toEqual(['acme', 'globex']);
    gateway.reload(access(entryOf('one-key', 'one', ['acme'])));
    expect([await seenWith(gateway, {}), await seenWith(gateway, key)]).toEqual([401, ['acme']]);
    expect(kept()).toEqual([]);
    for (const times of [1, 2]) {
      gateway.reload({});
      expect([await seenWith(gateway, {}), await seenWith(gateway, key)]).toEqual([401, ['acme']]);
      expect(kept()).toHaveLength(times);
    }
    expect(kept()[0]).toMatchObject({ level: 'warn', keys: ['access'] });
    gateway.reload(access(entryOf('other-key', 'other', ['globex'])));
    expect([await seenWith(gateway, key), await seenWith(gateway, withKey('other-key'))]).toEqual([
      401,
      ['globex'],
    ]);
    expect(kept()).toHaveLength(2);
  });
});

describe('customers that keys may see and that are not configured', () => {
  const warnings = (gateway: TestGateway): unknown[] =>
    gateway.log.filter(({ msg }) => String(msg).includes('customers that are not configured'));

  it('are named at the start, each once', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: access(
        entryOf('a-key', 'a', ['acme', 'acmee', 'umbrella']),
        entryOf('b-key', 'b', ['umbrella']),
        entryOf('c-key', 'c', 'all'),
      ),
    });
    expect(warnings(gateway)).toMatchObject([{ level: 'warn', customers: ['acmee', 'umbrella'], count: 2 }]);
    expect(await seenWith(gateway, withKey('a-key'))).toEqual(['acme']);
  });

  it('are named when the configuration is reloaded, the first twenty of many', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: access(entryOf('a-key', 'a', ['acme'])),
    });
    expect(warnings(gateway)).toEqual([]);
    const many = Array.from({ length: 50 }, (_, index) => `c${index}`);
    gateway.reload(access(entryOf('a-key', 'a', many)));
    expect(warnings(gateway)).toMatchObject([{ customers: many.slice(0, 20), count: 50 }]);
  });
});
