import { describe, expect, it } from 'vitest';
import { configSecrets } from '../../src/config/index.js';
import { mistakes, parse, SMALLEST } from './helpers.js';

describe('a configuration', () => {
  it('has defaults for everything except customers', () => {
    expect(parse(SMALLEST)).toEqual({
      listen: {
        host: '127.0.0.1',
        port: 4000,
        tls: null,
        page: true,
        explorer: true,
        sandbox: true,
        mcp: true,
        cors: [],
        trustProxy: [],
        getMaxAgeMs: 0,
        idleTimeoutMs: 75_000,
      },
      access: null,
      limits: {
        bodyBytes: 1_048_576,
        tokens: 20_000,
        depth: 12,
        aliases: 50,
        rootFields: 20,
        batch: 10,
        directives: 50,
        ids: 10_000,
        first: 1_000,
        cost: 250_000,
        introspection: true,
        requestTimeoutMs: 15_000,
        slowestBody: 16_384,
        requestsPerMinute: 60_000,
        eventLoopDelayMs: 1_000,
      },
      audienceManager: {
        password: null,
        serverToServer: {
          baseUrl: 'https://aam.adobe.io/v1',
          tokenUrl: 'https://ims-na1.adobelogin.com/ims/token/v3',
          scopes: ['openid', 'AdobeID', 'read_organizations', 'additional_info.projectedProductContext'],
        },
        pageSize: 1000,
        includeDeleted: true,
        maxListingBytes: 256 * 1024 * 1024,
        requestTimeoutMs: 10_000,
        retries: 3,
        concurrency: 8,
        callsPerSecond: 10,
      },
      outbound: { ca: null, proxy: null, noProxy: [] },
      freshness: {
        ttlMs: 3_600_000,
        refreshEveryMs: 3_600_000,
        newIdIntervalMs: 60_000,
        lookupTimeoutMs: 2_000,
        coldTimeoutMs: 10_000,
      },
      cache: { maxMemoryBytes: 268_435_456, maxAnswerBytes: 33_554_432, maxSearchBytes: 167_772_160 },
      storage: {
        engine: 'sqlite',
        path: '/etc/gateway/data/gateway.db',
        encryptionKey: null,
        keepHistoryMs: null,
      },
      shutdown: { delayMs: null, limitMs: 25_000 },
      config: { watch: false },
      messages: { signature: null },
      telemetry: { traces: null },
      customers: [{ id: 'acme', name: 'acme', credentials: null, destinations: [], discovery: null }],
    });
  });

  it('treats a section with only commented-out keys as missing', () => {
    const text =
      'listen:\n  # port: 1\n  tls:\noutbound:\naudienceManager:\n  password:\n  serverToServer:\nfreshness:\ncache:\nstorage:\nshutdown:\nconfig:\nmessages:\ntelemetry:\n' +
      'customers:\n  - id: acme\n    destinations:\n';
    expect(parse(text)).toEqual(parse(SMALLEST));
  });

  it('keeps the values of the file', () => {
    const config = parse(`
listen: { host: "::1", port: 0, sandbox: true, mcp: false, cors: ["https://reports.example.com"], trustProxy: [10.0.0.0/8, "::1"], getMaxAge: 1m, idleTimeout: 2m }
access:
  apiKeys:
    - { name: ui, sha256: ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB, customers: [acme] }
    - { name: ops, sha256: cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd, permissions: [metrics] }
  jwt: { issuer: "https://id.example.com/", audience: gateway, jwksUri: "https://id.example.com/keys" }
limits: { body: 2MiB, tokens: 1, depth: 2, aliases: 0, rootFields: 3, batch: 8, directives: 4, ids: 5, first: 6, cost: 7, introspection: false, requestTimeout: 1s, slowestBody: 0, requestsPerMinute: 0, eventLoopDelay: 0 }
audienceManager:
  password: { baseUrl: "http://127.0.0.1:4010/v1//", tokenUrl: "http://[::1]:4010/oauth/token", clientId: partner, clientSecret: 000123 }
  serverToServer: { baseUrl: "http://localhost:4010/", scopes: [openid] }
  pageSize: 0
  includeDeleted: false
  listingLimit: 1GiB
  requestTimeout: 250ms
  retries: 0
  concurrency: 256
  callsPerSecond: 0
freshness: { ttl: 24d, refreshEvery: 0, newIdInterval: 1ms, lookupTimeout: 10m, coldTimeout: 1s }
cache: { maxMemory: 1048576, maxAnswers: 0, maxSearchMemory: 0 }
storage: { sqlite: ../../var/lib/gateway/names.db, keepHistory: 1d }
shutdown: { delay: 0, limit: 1h }
config: { watch: true }
messages: { signature: { header: X-Signature, algorithm: SHA-1, secret: 0815, previousSecret: 4711 } }
telemetry: { traces: 'http://collector.example:4318/v1/traces' }
customers:
  - id: acme
    name: Acme Retail
    credentials: { type: password, username: acme-readonly, password: 0042 }
    destinations: [{ id: 314, name: Onsite, type: COOKIE, segmentIdType: ALIAS, format: tabs }, { id: 315 }]
  - id: globex
    credentials: { type: server-to-server, clientId: g, clientSecret: s3cret, orgId: 1234@AdobeOrg }
`);
    expect(config).toEqual({
      listen: {
        host: '::1',
        port: 0,
        tls: null,
        page: true,
        explorer: true,
        sandbox: true,
        mcp: false,
        cors: ['https://reports.example.com'],
        trustProxy: ['10.0.0.0/8', '::1'],
        getMaxAgeMs: 60_000,
        idleTimeoutMs: 120_000,
      },
      access: {
        apiKeys: [
          { name: 'ui', sha256: 'ab'.repeat(32), customers: ['acme'], permissions: ['read'] },
          { name: 'ops', sha256: 'cd'.repeat(32), customers: [], permissions: ['metrics'] },
        ],
        jwt: {
          issuer: 'https://id.example.com/',
          audience: 'gateway',
          keys: { uri: 'https://id.example.com/keys' },
          customersClaim: 'customers',
          permissionsClaim: 'permissions',
          algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        },
        trustedDocuments: null,
      },
      limits: {
        bodyBytes: 2_097_152,
        tokens: 1,
        depth: 2,
        aliases: 0,
        rootFields: 3,
        batch: 8,
        directives: 4,
        ids: 5,
        first: 6,
        cost: 7,
        introspection: false,
        requestTimeoutMs: 1_000,
        slowestBody: 0,
        requestsPerMinute: 0,
        eventLoopDelayMs: 0,
      },
      audienceManager: {
        password: {
          baseUrl: 'http://127.0.0.1:4010/v1',
          tokenUrl: 'http://[::1]:4010/oauth/token',
          clientId: 'partner',
          clientSecret: '000123',
        },
        serverToServer: {
          baseUrl: 'http://localhost:4010',
          tokenUrl: 'https://ims-na1.adobelogin.com/ims/token/v3',
          scopes: ['openid'],
        },
        pageSize: 0,
        includeDeleted: false,
        maxListingBytes: 1024 ** 3,
        requestTimeoutMs: 250,
        retries: 0,
        concurrency: 256,
        callsPerSecond: 0,
      },
      outbound: { ca: null, proxy: null, noProxy: [] },
      freshness: {
        ttlMs: 2_073_600_000,
        refreshEveryMs: 0,
        newIdIntervalMs: 1,
        lookupTimeoutMs: 600_000,
        coldTimeoutMs: 1_000,
      },
      cache: { maxMemoryBytes: 1_048_576, maxAnswerBytes: 0, maxSearchBytes: 0 },
      storage: {
        engine: 'sqlite',
        path: '/var/lib/gateway/names.db',
        encryptionKey: null,
        keepHistoryMs: 86_400_000,
      },
      shutdown: { delayMs: 0, limitMs: 3_600_000 },
      config: { watch: true },
      messages: {
        signature: { header: 'x-signature', algorithm: 'SHA-1', secrets: ['0815', '4711'] },
      },
      telemetry: { traces: 'http://collector.example:4318/v1/traces' },
      customers: [
        {
          id: 'acme',
          name: 'Acme Retail',
          credentials: { type: 'password', username: 'acme-readonly', password: '0042' },
          destinations: [
            { id: '314', name: 'Onsite', type: 'COOKIE', segmentIdType: 'ALIAS', format: 'tabs' },
            { id: '315', name: null, type: null, segmentIdType: 'AUTO', format: null },
          ],
          discovery: null,
        },
        {
          id: 'globex',
          name: 'globex',
          credentials: {
            type: 'server-to-server',
            clientId: 'g',
            clientSecret: 's3cret',
            orgId: '1234@AdobeOrg',
          },
          destinations: [],
          discovery: null,
        },
      ],
    });
    expect(configSecrets(config)).toEqual(['000123', '0042', 's3cret', '0815', '4711']);
  });

  it.each([
    '00314',
    '314',
    '0x1F',
    '1e3',
    '9007199254740993',
    '1.0',
    'true',
    'null',
    'a~',
    '2026-01-01',
    'Ünïcode-🛒',
    '__proto__',
    'constructor',
    'a b',
  ])('keeps the ID %s exactly as written', (id) => {
    const [customer] = parse(`customers:\n- id: ${id}\n  destinations:\n  - id: ${id}\n`).customers;
    expect(customer!.id).toBe(id);
    expect(customer!.name).toBe(id);
    expect(customer!.destinations[0]!.id).toBe(id);
  });

  it('distinguishes IDs that are equal as numbers', () => {
    const [customer] = parse(
      'customers: [{ id: a, destinations: [{ id: 314 }, { id: 0314 }, { id: 314.0 }] }]',
    ).customers;
    expect(customer!.destinations.map(({ id }) => id)).toEqual(['314', '0314', '314.0']);
  });

  it('accepts an ID of 255 characters of several bytes', () => {
    expect(parse(`customers: [{ id: ${'🛒'.repeat(255)} }]`).customers[0]!.id).toHaveLength(510);
  });

  it('accepts the same destination ID under two customers', () => {
    const text = 'customers: [{ id: a, destinations: [{ id: 1 }] }, { id: b, destinations: [{ id: 1 }] }]';
    expect(parse(text).customers.map((customer) => customer.destinations[0]!.id)).toEqual(['1', '1']);
  });

  it('is deeply frozen', () => {
    const config = parse('customers: [{ id: acme, destinations: [{ id: 1 }] }]');
    const unfrozen: unknown[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) unfrozen.push(value);
      Object.values(value).forEach(visit);
    };
    visit(config);
    expect(unfrozen).toEqual([]);
    expect(() => (config.customers[0]!.destinations as unknown[]).push(1)).toThrow(TypeError);
  });

  it('may contain anchors and aliases', () => {
    const config = parse(
      'customers: [{ id: a, destinations: &both [{ id: 1 }, { id: 2 }] }, { id: b, destinations: *both }]',
    );
    expect(config.customers[1]!.destinations.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('may contain an alias more than a hundred times', () => {
    const others = Array.from({ length: 150 }, (_, index) => `  - { id: c${index}, destinations: *list }`);
    const text = `customers:\n  - { id: a, destinations: &list [{ id: 1 }] }\n${others.join('\n')}\n`;
    expect(parse(text).customers).toHaveLength(151);
  });

  it('ignores a byte order mark, Windows line breaks and document markers', () => {
    expect(parse('\uFEFF---\r\ncustomers:\r\n  - id: acme\r\n...\r\n')).toEqual(parse(SMALLEST));
  });

  it.each([
    '127.0.0.1',
    '127.8.9.10',
    '::1',
    'localhost',
    'LOCALHOST',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('may listen on the loopback address %s', (host) => {
    expect(parse(`listen: { host: "${host}" }\n${SMALLEST}`).listen.host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', 'gateway.internal'])(
    'may listen on %s with the option insecure',
    (host) => {
      expect(parse(`listen: { host: "${host}" }\n${SMALLEST}`, { insecure: true }).listen.host).toBe(host);
    },
  );
});

describe('the storage', () => {
  const storage = (text: string): unknown =>
    parse(`${SMALLEST}storage: ${text}`, { env: { PW: 'p@ss' } }).storage;

  it.each([
    [
      '{}',
      { engine: 'sqlite', path: '/etc/gateway/data/gateway.db', encryptionKey: null, keepHistoryMs: null },
    ],
    [
      '',
      { engine: 'sqlite', path: '/etc/gateway/data/gateway.db', encryptionKey: null, keepHistoryMs: null },
    ],
    [
      '{ sqlite: names.db }',
      { engine: 'sqlite', path: '/etc/gateway/names.db', encryptionKey: null, keepHistoryMs: null },
    ],
    [
      '{ sqlite: /var/lib/names.db }',
      { engine: 'sqlite', path: '/var/lib/names.db', encryptionKey: null, keepHistoryMs: null },
    ],
    [
      '{ postgres: "postgres://u:${env:PW}@db/names" }',
      {
        engine: 'postgres',
        url: 'postgres://u:p@ss@db/names',
        poolSize: 10,
        encryptionKey: null,
        keepHistoryMs: null,
      },
    ],
    [
      '{ sqlite: names.db, keepHistory: 2y }',
      { engine: 'sqlite', path: '/etc/gateway/names.db', encryptionKey: null, keepHistoryMs: 63_072_000_000 },
    ],
    [
      `{ postgres: "postgresql://db/names", poolSize: 3, encryptionKey: ${'k'.repeat(32)} }`,
      {
        engine: 'postgres',
        url: 'postgresql://db/names',
        poolSize: 3,
        encryptionKey: 'k'.repeat(32),
        keepHistoryMs: null,
      },
    ],
  ])('%s is %o', (text, expected) => {
    expect(storage(text)).toEqual(expected);
  });

  it.each([
    [
      '{ sqlite: a.db, postgres: "postgres://u:canary@db/names" }',
      'storage.postgres: is given together with sqlite; keep one of the two',
    ],
    ['{ poolSize: 3 }', 'storage.poolSize: has no effect without postgres; remove it'],
    [
      '{ postgres: "postgres://db/n", poolSize: 0 }',
      'storage.poolSize: must be a whole number from 1 to 100, not 0',
    ],
    [
      '{ postgres: "mysql://u:canary@db/n" }',
      'storage.postgres: must be a URL such as postgres://user:password@host/database',
    ],
    [
      '{ postgres: "postgres://u:canary%@db/n" }',
      'storage.postgres: has a % in its user or password that is not part of an escape; write a literal % as %25',
    ],
    [
      '{ postgres: "postgres://u:canary@one,two:port/n" }',
      'storage.postgres: must be a URL such as postgres://user:password@host/database',
    ],
    [
      '{ postgres: "postgres://u:canary@one,two/n?target_session_attrs=standby" }',
      'storage.postgres: has a target_session_attrs that the gateway cannot use; it writes, so leave it out, or write read-write, primary or any',
    ],
    [
      '{ sqlite: "postgres://u:canary@db/n" }',
      'storage.sqlite: must be the path of a file; the URL of a database belongs under postgres',
    ],
    ['{ sqlite: "" }', 'storage.sqlite: must be the path of a file'],
    [
      '{ encryptionKey: canary }',
      'storage.encryptionKey: must be at least 32 characters, none of them a control character',
    ],
    ['{ encryptionKey: "" }', 'storage.encryptionKey: is empty; give the key'],
  ])('%s is refused', (text, message) => {
    const found = mistakes(`${SMALLEST}storage: ${text}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
    expect(found[0]).not.toContain('canary');
  });

  it('has its password and encryption key among the secrets', () => {
    const key = 'k'.repeat(32);
    const config = parse(
      `${SMALLEST}storage: { postgres: "postgres://u:p%40ss@db/names", encryptionKey: ${key} }`,
    );
    expect(configSecrets(config)).toEqual(
      expect.arrayContaining([key, 'p@ss', 'p%40ss', 'postgres://u:p%40ss@db/names']),
    );
    const behind = parse(`${SMALLEST}storage: { postgres: "postgres://u@db/names?password=p%40ss" }`);
    expect(configSecrets(behind)).toContain('p@ss');
  });
});

describe('--insecure', () => {
  it('allows plain http to Audience Manager on other machines', () => {
    const text = `${SMALLEST}audienceManager: { serverToServer: { baseUrl: "http://simulator:4001/v1" } }`;
    expect(mistakes(text)).toHaveLength(1);
    expect(parse(text, { insecure: true }).audienceManager.serverToServer.baseUrl).toBe(
      'http://simulator:4001/v1',
    );
  });
});
