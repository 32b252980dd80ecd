import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { configSecrets, type Config } from '../../src/config/index.js';
import {
  createAuthority,
  encryptedKey,
  issue,
  weakCertificate,
  type Certificate,
} from '../support/certificates.js';
import { SMALLEST, mistakes, parse, refusal } from './helpers.js';

let authority: Certificate;
let own: Certificate;
let other: Certificate;
beforeAll(async () => {
  authority = await createAuthority();
  own = await issue(authority);
  other = await issue(authority);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

const textOf = (tls: Record<string, unknown>, outbound: Record<string, unknown> = {}): string =>
  SMALLEST + stringify({ listen: { tls }, outbound });

function parseTls(tls: Record<string, unknown>, env: NodeJS.ProcessEnv = {}): Config['listen']['tls'] {
  return parse(textOf(tls), { file: join(folder, 'gateway.yaml'), env }).listen.tls;
}

function mistakesOf(tls: Record<string, unknown>, outbound: Record<string, unknown> = {}): string[] {
  return refusal(textOf(tls, outbound), { file: join(folder, 'gateway.yaml') }).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

const write = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(folder, name), text);

const CERT = 'must be the path of a PEM file with the certificate, relative to this configuration';
const KEY = 'must be the path of a PEM file with the private key, relative to this configuration';
const CA = 'must be the path of a PEM file with certificates, relative to this configuration';

describe('listen.tls', () => {
  it('refers to PEM files by relative or absolute paths', async () => {
    await write('gateway.crt', own.cert);
    await write('gateway.key', own.key);
    const expected = { cert: own.cert.trim(), key: own.key.trim(), clientCa: null };
    expect(parseTls({ cert: 'gateway.crt', key: 'gateway.key' })).toEqual(expected);
    expect(parseTls({ cert: join(folder, 'gateway.crt'), key: join(folder, 'gateway.key') })).toEqual(
      expected,
    );
    await write('clients.crt', `${authority.cert}\n# and another\n${other.cert}`);
    expect(parseTls({ cert: 'gateway.crt', key: 'gateway.key', clientCa: 'clients.crt' })).toEqual({
      ...expected,
      clientCa: `${authority.cert.trim()}\n${other.cert.trim()}`,
    });
  });

  it('may contain PEM itself, also by reference', async () => {
    await write('gateway.crt', own.cert);
    const expected = { cert: own.cert.trim(), key: own.key.trim() };
    expect(parseTls({ cert: own.cert, key: own.key })).toMatchObject(expected);
    const references = { cert: '${file:gateway.crt}', key: '${env:TLS_KEY}' };
    expect(parseTls(references, { TLS_KEY: own.key })).toMatchObject(expected);
  });

  it('takes certificates and key from one file that contains both', async () => {
    await write('all.pem', `Bag Attributes\n${own.key}\r\n${own.cert}\n${authority.cert}`);
    const tls = parseTls({ cert: 'all.pem', key: 'all.pem' });
    expect(tls?.cert).toBe(`${own.cert.trim()}\n${authority.cert.trim()}`);
    expect(tls?.key).toBe(own.key.trim());
  });

  it('has a key that is one of the secrets', () => {
    expect(configSecrets(parse(textOf({ ...own })))).toContain(own.key.trim());
  });

  it('is refused with all of its mistakes', async () => {
    await write('notes.txt', 'nothing of the kind');
    await write('gateway.der', Uint8Array.from([0x30, 0x82, 0xff, 0xfe]));
    const broken = own.cert.replace('MII', 'XII');
    expect(mistakesOf({ cert: 'absent.crt', key: 'absent.key' }, { ca: 'gateway.der' })).toEqual([
      `listen.tls.cert: ${CERT}; absent.crt does not exist`,
      `listen.tls.key: ${KEY}; the value given (not shown here) does not exist`,
      `outbound.ca: ${CA}; gateway.der is not UTF-8 text`,
    ]);
    expect(mistakesOf({ cert: 'notes.txt', key: 'notes.txt', clientCa: '' })).toEqual([
      'listen.tls.cert: contains no certificate (-----BEGIN CERTIFICATE-----)',
      'listen.tls.key: contains no private key (-----BEGIN PRIVATE KEY-----)',
      `listen.tls.clientCa: ${CA}, or PEM itself`,
    ]);
    expect(mistakesOf({ cert: own.key, key: own.cert, clientCa: authority.cert + broken })).toEqual([
      'listen.tls.cert: contains no certificate (-----BEGIN CERTIFICATE-----)',
      'listen.tls.key: contains no private key (-----BEGIN PRIVATE KEY-----)',
      'listen.tls.clientCa: contains a malformed certificate (number 2 of 2); export it again',
    ]);
    expect(mistakesOf({ cert: broken, key: own.key.replace('MI', 'XI') })).toEqual([
      'listen.tls.cert: contains a malformed certificate; export it again',
      'listen.tls.key: contains a malformed private key; export it again',
    ]);
  });

  it('is refused without certificate or key', () => {
    expect(mistakesOf({ cert: own.cert })).toEqual([
      'listen.tls.key: is missing; it must be the path of a PEM file with the private key',
    ]);
    expect(mistakesOf({ key: own.key })).toEqual([
      'listen.tls.cert: is missing; it must be the path of a PEM file with the certificate',
    ]);
  });

  it('is refused with the key of another certificate', () => {
    expect(mistakesOf({ cert: own.cert + other.cert, key: other.key })).toEqual([
      'listen.tls.key: does not belong to the first certificate in listen.tls.cert; give the key that it was issued for',
    ]);
  });

  it('is refused with a certificate that is too weak', async () => {
    const [mistake, ...others] = mistakesOf({ ...(await weakCertificate()) });
    expect(mistake).toContain(
      'listen.tls.key: cannot be used with the certificate in listen.tls.cert (ERR_SSL_',
    );
    expect(others).toEqual([]);
  });

  it('is refused with an encrypted key', async () => {
    const legacy = own.key.replace('\n', '\nProc-Type: 4,ENCRYPTED\n');
    for (const key of [await encryptedKey(), legacy]) {
      const [mistake, ...others] = mistakesOf({ cert: own.cert, key });
      expect(mistake).toContain('listen.tls.key: contains an encrypted private key; decrypt it');
      expect(others).toEqual([]);
    }
  });

  it('reports a reference that cannot be resolved once', () => {
    expect(mistakesOf({ cert: own.cert, key: '${env:TLS_KEY}' })).toEqual([
      'listen.tls.key: the environment variable TLS_KEY is not set; set it before starting',
    ]);
  });
});

describe('outbound', () => {
  const outbound = (value: Record<string, unknown>): Config['outbound'] =>
    parse(textOfOutbound(value)).outbound;
  const textOfOutbound = (value: Record<string, unknown>): string =>
    SMALLEST + stringify({ outbound: value });

  it('contains authorities, a proxy and hosts that are called without it', () => {
    expect(
      outbound({
        ca: authority.cert,
        proxy: 'http://gateway:p%40ss@Proxy.Example.com:3128',
        noProxy: ['AAM.example.com', '.example.org', '*.example.net', '10.0.0.1', '2001:DB8:0:0::1'],
      }),
    ).toEqual({
      ca: authority.cert.trim(),
      proxy: 'http://gateway:p%40ss@proxy.example.com:3128/',
      noProxy: ['aam.example.com', 'example.org', 'example.net', '10.0.0.1', '[2001:db8::1]'],
    });
    expect(outbound({ proxy: 'https://proxy/' }).proxy).toBe('https://proxy/');
  });

  it.each([
    'proxy.example.com:3128',
    'socks5://proxy:1080',
    'http://',
    'http://proxy:99999',
    'http://proxy/path',
    'http://proxy?a=b',
    'http://proxy#a',
    'http://u:100%@proxy',
    'http://u:a b@proxy',
    '',
  ])('requires a URL as the proxy, not %j', (proxy) => {
    expect(mistakes(textOfOutbound({ proxy }))).toEqual([
      'outbound.proxy: must be a URL such as http://user:password@proxy.example.com:3128, with http:// or https://, ' +
        'and with special characters in user and password percent-encoded',
    ]);
  });

  it.each(['*', '10.0.0.0/8', 'host:443', 'https://host', '[::1]', 'a b', ''])(
    'requires hosts in noProxy, not %j',
    (host) => {
      const [mistake, ...others] = mistakes(textOfOutbound({ proxy: 'http://proxy', noProxy: ['a', host] }));
      expect(mistake).toContain('outbound.noProxy[1]: must be a host name or an IP address');
      expect(others).toEqual([]);
    },
  );

  it('accepts noProxy only together with proxy', () => {
    expect(mistakes(textOfOutbound({ noProxy: ['a'] }))).toEqual([
      'outbound.noProxy: has no effect without proxy; remove it',
    ]);
    expect(mistakes(textOfOutbound({ proxy: 'http://proxy', noProxy: 'a' }))).toEqual([
      'outbound.noProxy: must be a list of hosts that are called without the proxy',
    ]);
  });

  it('has the credentials of its proxy among the secrets, in all encodings', () => {
    const secrets = configSecrets(parse(textOfOutbound({ proxy: 'http://gate%20way:p%40ss@proxy:3128' })));
    expect(secrets.sort()).toEqual(
      [
        'http://gate%20way:p%40ss@proxy:3128/',
        'p@ss',
        'p%40ss',
        Buffer.from('gate way:p@ss').toString('base64'),
      ].sort(),
    );
    expect(configSecrets(parse(textOfOutbound({ proxy: 'http://proxy:3128' })))).toEqual([]);
  });
});

describe('the documentation of TLS and proxies', () => {
  const expected = (): object => ({
    listen: { tls: { cert: own.cert.trim(), key: own.key.trim(), clientCa: authority.cert.trim() } },
    outbound: { ca: authority.cert.trim(), proxy: 'http://gateway:p@proxy.example.com:3128/' },
  });
  const parseHere = (text: string): Config =>
    parse(text, {
      file: join(folder, 'gateway.yaml'),
      env: { PROXY_PASSWORD: 'p', AAM_CLIENT_ID: 'i', AAM_CLIENT_SECRET: 's', ACME_AAM_PASSWORD: 'p' },
    });
  beforeEach(async () => {
    await mkdir(join(folder, 'tls'));
    await write('tls/gateway.crt', own.cert);
    await write('tls/gateway.key', own.key);
    await write('tls/clients.crt', authority.cert);
    await write('tls/company.crt', authority.cert);
    await mkdir(join(folder, 'secrets'));
    await write('secrets/globex', 'secret');
  });

  it('is valid in the pages on access and operations', async () => {
    const pages = await Promise.all(
      ['docs/access.md', 'docs/operations.md'].map((page) => readFile(page, 'utf8')),
    );
    const blocks = [...pages.join('\n').matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => text);
    const [listen, outbound] = ['listen:\n  tls:', 'outbound:'].map((start) =>
      blocks.find((text) => text.startsWith(start)),
    );
    const config = parseHere(`${listen}${outbound}${SMALLEST}`);
    expect(config).toMatchObject(expected());
    expect(config.outbound.noProxy).toEqual(['aam.example.com', '10.1.2.3']);
  });

  it('is valid in the example file, once it is no longer commented out', async () => {
    const example = await readFile('gateway.example.yaml', 'utf8');
    const keys = /^( *)# ( *(?:tls|cert|key|clientCa|outbound|ca|proxy|noProxy): ?)/gm;
    expect(example.match(keys)).toHaveLength(8);
    const config = parseHere(example.replaceAll(keys, '$1$2'));
    expect(config).toMatchObject(expected());
    expect(config.outbound.noProxy).toEqual(['aam.example.com']);
  });
});
