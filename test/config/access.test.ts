import { describe, expect, it } from 'vitest';
import { configSecrets } from '../../src/config/index.js';
import { mistakes, parse, refusal, SMALLEST } from './helpers.js';

const HASH = 'ab'.repeat(32);
const KEY = `{ name: ui, sha256: ${HASH}, customers: all }`;
const URI = 'jwksUri: "https://id.example.com/keys"';
const LABEL = 'must be 1 to 255 characters without control characters and without blanks at either end';
const PERMISSIONS = 'read, refresh, import, metrics, explore';
const NO_HASH =
  'must be 64 hexadecimal digits, the SHA-256 of the key; aam-gateway key creates a key and prints its SHA-256';
const SAME = (index: number): string =>
  `access.apiKeys[${index}].sha256: is the same as access.apiKeys[0].sha256; every entry needs a key of its own`;

const keyWith = (more: string): string => `access: { apiKeys: [{ name: ui, sha256: ${HASH}, ${more} }] }`;
const jwtWith = (more: string): string => `access: { jwt: { issuer: a, audience: b, ${more} } }`;

describe('access', () => {
  it.each([
    ['access:', 'access: must be a mapping with the keys apiKeys, jwt, trustedDocuments'],
    ['access: all', 'access: must be a mapping with the keys apiKeys, jwt, trustedDocuments'],
    [
      'access: {}',
      'access: allows nobody to call; add apiKeys (aam-gateway key creates a key) or jwt, or remove access to allow everybody on this machine',
    ],
    [
      `access: { apiKeys: [${KEY}], users: [] }`,
      'access.users: is not a known key; the keys here are apiKeys, jwt, trustedDocuments',
    ],
    [
      'access: { apiKeys: [] }',
      'access.apiKeys: is empty; list at least one key (aam-gateway key creates one), or leave it out',
    ],
    ['access: { apiKeys: }', 'access.apiKeys: must be a list of at least one key'],
    [`access: { apiKeys: ${KEY} }`, 'access.apiKeys: must be a list of at least one key'],
    [
      'access: { apiKeys: [ui] }',
      'access.apiKeys[0]: must be a mapping with the keys name, sha256, customers, permissions',
    ],
    [
      `access: { apiKeys: [{ sha256: ${HASH}, customers: all }] }`,
      `access.apiKeys[0].name: is missing; it ${LABEL}`,
    ],
    [
      `access: { apiKeys: [{ name: " ", sha256: ${HASH}, customers: all }] }`,
      `access.apiKeys[0].name: ${LABEL}, not " "`,
    ],
    [
      keyWith('permissions: [read]'),
      'access.apiKeys[0].customers: is missing; list the customers that this key may see, or write all',
    ],
    [
      keyWith('permissions: [metrics, import]'),
      'access.apiKeys[0].customers: is missing; list the customers that this key may see, or write all',
    ],
    [keyWith('customers:'), 'access.apiKeys[0].customers: must be a list of customer IDs, or the word all'],
    [
      keyWith('customers: acme'),
      'access.apiKeys[0].customers: must be a list of customer IDs, or the word all',
    ],
    [
      keyWith('customers: ALL'),
      'access.apiKeys[0].customers: must be a list of customer IDs, or the word all',
    ],
    [keyWith('customers: [acme, " acme"]'), `access.apiKeys[0].customers[1]: ${LABEL}, not " acme"`],
    [
      keyWith('customers: [all]'),
      'access.apiKeys[0].customers: contains the word all; write customers: all, without a list, for all customers, or leave the word out',
    ],
    [
      keyWith('customers: [acme, all]'),
      'access.apiKeys[0].customers: contains the word all; write customers: all, without a list, for all customers, or leave the word out',
    ],
    ...['jwt:anna', 'key:ui', 'JWT:anna'].map((name): [string, string] => [
      `access: { apiKeys: [{ name: "${name}", sha256: ${HASH}, customers: all }] }`,
      'access.apiKeys[0].name: must not begin with key: or jwt:, which mark callers in the log; choose another name',
    ]),
    [keyWith('customers: [[acme]]'), `access.apiKeys[0].customers[0]: ${LABEL}, not a list`],
    [
      keyWith('customers: all, permissions: []'),
      'access.apiKeys[0].permissions: is empty; list at least one permission, or leave it out (then it is read)',
    ],
    [
      keyWith('customers: all, permissions:'),
      `access.apiKeys[0].permissions: must be a list of permissions, each one of ${PERMISSIONS}`,
    ],
    [
      keyWith('customers: all, permissions: read'),
      `access.apiKeys[0].permissions: must be a list of permissions, each one of ${PERMISSIONS}`,
    ],
    [
      keyWith('customers: all, permissions: [read, write]'),
      `access.apiKeys[0].permissions[1]: must be one of ${PERMISSIONS}, not write`,
    ],
    [
      keyWith('customers: all, permissions: [all]'),
      `access.apiKeys[0].permissions[0]: must be one of ${PERMISSIONS}, not all`,
    ],
    [
      keyWith('customers: all, premissions: [read]'),
      'access.apiKeys[0].premissions: is not a known key; did you mean permissions?',
    ],
  ])('is refused with a message: %s', (text, expected) => {
    expect(mistakes(`${text}\n${SMALLEST}`)).toEqual([expected]);
  });

  it.each([
    ['canary-key', NO_HASH],
    ['""', NO_HASH],
    [HASH.slice(1), NO_HASH],
    [`${HASH}0`, NO_HASH],
    [`" ${HASH}"`, NO_HASH],
    [HASH.replace('a', 'g'), NO_HASH],
    [`[${HASH}]`, 'must be 64 hexadecimal digits, the SHA-256 of the key, not a list'],
    [
      'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
      'is the SHA-256 of an empty text; aam-gateway key creates a key and prints its SHA-256',
    ],
    ['"${env:NO_HASH}"', 'the environment variable NO_HASH is not set; set it before starting'],
  ])('accepts only the hash of a key: %s', (sha256, expected) => {
    const text = `access: { apiKeys: [{ name: ui, sha256: ${sha256}, customers: all }] }\n${SMALLEST}`;
    expect(mistakes(text)).toEqual([`access.apiKeys[0].sha256: ${expected}`]);
  });

  it('never shows the value in the place of a hash, which may be the key', () => {
    for (const word of ['sha256', 'key', 'sha-256']) {
      const text = `access: { apiKeys: [{ name: ui, ${word}: canary-key, customers: all }] }\n${SMALLEST}`;
      expect(refusal(text).message).not.toContain('canary');
    }
  });

  it('refuses duplicate keys, also in different spellings of the hash', () => {
    const keys = (...hashes: string[]): string =>
      hashes.map((hash, index) => `{ name: k${index}, sha256: ${hash}, customers: all }`).join();
    expect(
      mistakes(
        `access: { apiKeys: [${keys(HASH, HASH.toUpperCase(), 'cd'.repeat(32), HASH)}] }\n${SMALLEST}`,
      ),
    ).toEqual([SAME(1), SAME(3)]);
    expect(mistakes(`access: { apiKeys: [${keys('""', '""')}] }\n${SMALLEST}`)).toHaveLength(2);
  });

  it('reports all mistakes of all keys', () => {
    const text = `access: { apiKeys: [{}, { name: "", sha256: x, customers: acme, permissions: [], more: 1 }] }\n${SMALLEST}`;
    expect(refusal(text).problems.map(({ path }) => path)).toEqual([
      'access.apiKeys[0].name',
      'access.apiKeys[0].sha256',
      'access.apiKeys[0].customers',
      'access.apiKeys[1].name',
      'access.apiKeys[1].sha256',
      'access.apiKeys[1].customers',
      'access.apiKeys[1].permissions',
      'access.apiKeys[1].more',
    ]);
  });

  it.each([
    [
      'access: { jwt: }',
      [
        'access.jwt: must be a mapping with the keys issuer, audience, jwksUri, jwksFile, customersClaim, permissionsClaim, algorithms',
      ],
    ],
    [
      'access: { jwt: {} }',
      [
        'access.jwt: has no keys to verify tokens with; add jwksUri or jwksFile',
        `access.jwt.issuer: is missing; it ${LABEL}`,
        `access.jwt.audience: is missing; it ${LABEL}`,
      ],
    ],
    [jwtWith(''), ['access.jwt: has no keys to verify tokens with; add jwksUri or jwksFile']],
    [
      jwtWith(`${URI}, jwksFile: no.json`),
      [
        'access.jwt: has both jwksUri and jwksFile; keep one of the two',
        'access.jwt.jwksFile: the file no.json does not exist',
      ],
    ],
    [
      jwtWith('jwksUri: "http://id.example.com/keys"'),
      [
        'access.jwt.jwksUri: must begin with https://, because credentials would be sent in clear text to http://id.example.com/keys (allowed with --insecure)',
      ],
    ],
    [
      jwtWith('jwksUri: "https://user:canary@id.example.com/keys"'),
      ['access.jwt.jwksUri: must not contain a user name or password; remove the part before the @'],
    ],
    [
      jwtWith('jwksUri: id.example.com'),
      ['access.jwt.jwksUri: must be a URL that begins with https:// or http://, not id.example.com'],
    ],
    [
      jwtWith(`${URI}, customersClaim: "", permissionsClaim: [scope]`),
      [`access.jwt.customersClaim: ${LABEL}, not empty`, `access.jwt.permissionsClaim: ${LABEL}, not a list`],
    ],
    [
      jwtWith(`${URI}, algorithms: RS256`),
      ['access.jwt.algorithms: must be a list of at least one algorithm'],
    ],
    [
      jwtWith(`${URI}, algorithms: []`),
      ['access.jwt.algorithms: is empty; list at least one algorithm, or leave it out'],
    ],
    [jwtWith(`${URI}, jwksFle: x`), ['access.jwt.jwksFle: is not a known key; did you mean jwksFile?']],
  ])('is refused if tokens cannot be verified: %s', (text, expected) => {
    expect([...mistakes(`${text}\n${SMALLEST}`)].sort()).toEqual([...expected].sort());
  });

  it.each(['none', 'HS256', 'HS384', 'HS512', 'dir', 'rs256', 'RSA'])(
    'does not accept tokens signed with %s',
    (algorithm) => {
      expect(mistakes(`${jwtWith(`${URI}, algorithms: [RS256, ${algorithm}]`)}\n${SMALLEST}`)).toEqual([
        'access.jwt.algorithms[1]: must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ' +
          `ES512, EdDSA, Ed25519, not ${algorithm}`,
      ]);
    },
  );

  it('may use plain http for keys on this machine, and everywhere with --insecure', () => {
    const uri = (url: string): string => `${jwtWith(`jwksUri: "${url}"`)}\n${SMALLEST}`;
    expect(parse(uri('http://127.0.0.1:8080/keys')).access?.jwt?.keys).toEqual({
      uri: 'http://127.0.0.1:8080/keys',
    });
    expect(parse(uri('http://id:8080/keys'), { insecure: true }).access?.jwt?.keys).toEqual({
      uri: 'http://id:8080/keys',
    });
  });

  it('may consist of API keys, of tokens, or of both', () => {
    const both = parse(
      `access: { apiKeys: [${KEY}], jwt: { issuer: a, audience: b, ${URI} } }\n${SMALLEST}`,
    ).access;
    expect(both?.apiKeys).toHaveLength(1);
    expect(both?.jwt).not.toBeNull();
    expect(parse(`access: { apiKeys: [${KEY}] }\n${SMALLEST}`).access?.jwt).toBeNull();
    expect(parse(`${jwtWith(URI)}\n${SMALLEST}`).access?.apiKeys).toEqual([]);
  });

  it('allows listening for other machines if it allows anybody to call', () => {
    const open = `listen: { host: 0.0.0.0 }\n${SMALLEST}`;
    expect(parse(`access: { apiKeys: [${KEY}] }\n${open}`).listen.host).toBe('0.0.0.0');
    expect(mistakes(`access: {}\n${open}`)).toHaveLength(1);
    expect(mistakes(`# access: { apiKeys: [${KEY}] }\n${open}`)[0]).toMatch(/^listen\.host: .*add access/);
  });

  it('turns Sandbox off by default', () => {
    const guarded = `access: { apiKeys: [${KEY}] }\n${SMALLEST}`;
    expect(parse(SMALLEST).listen.sandbox).toBe(true);
    expect(parse(guarded).listen.sandbox).toBe(false);
    expect(parse(`listen: { sandbox: true }\n${guarded}`).listen.sandbox).toBe(true);
    expect(parse(`listen: { sandbox: false }\n${SMALLEST}`).listen.sandbox).toBe(false);
  });

  it('contains no secret: only hashes of keys', () => {
    expect(configSecrets(parse(`access: { apiKeys: [${KEY}] }\n${SMALLEST}`))).toEqual([]);
  });
});
