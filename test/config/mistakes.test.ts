import { describe, expect, it } from 'vitest';
import { mistakes, parse, refusal, SMALLEST } from './helpers.js';

const DURATION = 'a duration such as 500ms, 10s, 5m, 1h or 7d';
const LABEL = 'must be 1 to 255 characters without control characters and without blanks at either end';

describe('an invalid value', () => {
  it.each([
    ['listen: { port: 65536 }', 'listen.port: must be a whole number from 0 to 65535, not 65536'],
    ['listen: { port: -1 }', 'listen.port: must be a whole number from 0 to 65535, not -1'],
    ['listen: { port: 0x50 }', 'listen.port: must be a whole number from 0 to 65535, not 0x50'],
    ['listen: { port: 4000.5 }', 'listen.port: must be a whole number from 0 to 65535, not 4000.5'],
    ['listen: { port: [1] }', 'listen.port: must be a whole number from 0 to 65535, not a list'],
    ['listen: { port: { a: 1 } }', 'listen.port: must be a whole number from 0 to 65535, not a mapping'],
    ['listen: { port: "" }', 'listen.port: must be a whole number from 0 to 65535, not empty'],
    [
      'listen: { host: "[::1]" }',
      'listen.host: must be an IP address (IPv6 without brackets) or a host name, not "[::1]"',
    ],
    [
      'listen: 4000',
      'listen: must be a mapping with the keys host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
    [
      'listen: [a]',
      'listen: must be a mapping with the keys host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
    [
      'audienceManager: { pageSize: 20001 }',
      'audienceManager.pageSize: must be a whole number from 0 to 20000, not 20001',
    ],
    [
      'audienceManager: { retries: 11 }',
      'audienceManager.retries: must be a whole number from 0 to 10, not 11',
    ],
    [
      'audienceManager: { concurrency: 0 }',
      'audienceManager.concurrency: must be a whole number from 1 to 256, not 0',
    ],
    [
      'audienceManager: { concurrency: 257 }',
      'audienceManager.concurrency: must be a whole number from 1 to 256, not 257',
    ],
    [
      'audienceManager: { callsPerSecond: 1001 }',
      'audienceManager.callsPerSecond: must be a whole number from 0 to 1000, not 1001',
    ],
    [
      'audienceManager: { callsPerSecond: 0.5 }',
      'audienceManager.callsPerSecond: must be a whole number from 0 to 1000, not 0.5',
    ],
    [
      'audienceManager: { includeDeleted: yes }',
      'audienceManager.includeDeleted: must be true or false, not yes',
    ],
    [
      'audienceManager: { requestTimeout: 11m }',
      `audienceManager.requestTimeout: must be ${DURATION}, from 1ms to 10m, not 11m`,
    ],
    [
      'audienceManager: { requestTimeout: 10 }',
      `audienceManager.requestTimeout: must be ${DURATION}, from 1ms to 10m, not 10`,
    ],
    [
      'audienceManager: { serverToServer: { scopes: openid } }',
      'audienceManager.serverToServer.scopes: must be a list of at least one scope',
    ],
    [
      'audienceManager: { serverToServer: { scopes: [] } }',
      'audienceManager.serverToServer.scopes: is empty; list at least one scope, or leave the key out',
    ],
    [
      'audienceManager: { serverToServer: { scopes: ["a,b"] } }',
      'audienceManager.serverToServer.scopes[0]: must be one scope without blanks or commas, not "a,b"',
    ],
    ['freshness: { ttl: 0 }', `freshness.ttl: must be ${DURATION}, from 1ms to 24d, not 0`],
    ['freshness: { ttl: 25d }', `freshness.ttl: must be ${DURATION}, from 1ms to 24d, not 25d`],
    ['freshness: { ttl: 1.5h }', `freshness.ttl: must be ${DURATION}, from 1ms to 24d, not 1.5h`],
    [
      'freshness: { refreshEvery: 25d }',
      `freshness.refreshEvery: must be 0 or ${DURATION}, from 1ms to 24d, not 25d`,
    ],
    [
      'freshness: { newIdInterval: 0s }',
      `freshness.newIdInterval: must be ${DURATION}, from 1ms to 24d, not 0s`,
    ],
    [
      'freshness: { lookupTimeout: 601s }',
      `freshness.lookupTimeout: must be ${DURATION}, from 1ms to 10m, not 601s`,
    ],
    [
      'freshness: { coldTimeout: never }',
      `freshness.coldTimeout: must be ${DURATION}, from 1ms to 10m, not never`,
    ],
    [
      'cache: { maxMemory: 63KiB }',
      'cache.maxMemory: must be a size such as 512KiB, 64MiB or 2GiB, at least 64KiB, not 63KiB',
    ],
    [
      'cache: { maxMemory: 256MB }',
      'cache.maxMemory: must be a size such as 512KiB, 64MiB or 2GiB, at least 64KiB, not 256MB',
    ],
  ])('is reported with the values that are allowed: %s', (line, expected) => {
    expect(mistakes(`${line}\n${SMALLEST}`)).toEqual([expected]);
  });

  it.each([
    ['customers: []', 'customers: is empty; list at least one customer with its id'],
    ['customers: acme', 'customers: must be a list of at least one customer'],
    ['customers: [{ name: x }]', `customers[0].id: is missing; it ${LABEL}`],
    [
      'customers: [acme]',
      'customers[0]: must be a mapping with the keys id, name, credentials, destinations',
    ],
    ['customers: [{ id: " a" }]', `customers[0].id: ${LABEL}, not " a"`],
    ['customers: [{ id: "a\\tb" }]', `customers[0].id: ${LABEL}, not "a\\u{9}b"`],
    ['customers: [{ id: "a\\uD800" }]', `customers[0].id: ${LABEL}, not "a\\u{d800}"`],
    ['customers: [{ id: "" }]', `customers[0].id: ${LABEL}, not empty`],
    [`customers: [{ id: ${'x'.repeat(256)} }]`, `customers[0].id: ${LABEL}, not "${'x'.repeat(60)}…"`],
    [
      'customers: [{ id: "~acme" }]',
      'customers[0].id: must not begin with ~, which marks the global ids that the gateway itself makes; choose another ID',
    ],
    [
      'customers: [{ id: ~ }]',
      'customers[0].id: must not begin with ~, which marks the global ids that the gateway itself makes; choose another ID',
    ],
    [
      'customers: [{ id: a, destinations: 314 }]',
      'customers[0].destinations: must be a list of destinations, each with an id, or the word discover',
    ],
    [
      'customers: [{ id: a, destinations: [{ name: x }] }]',
      `customers[0].destinations[0].id: is missing; it ${LABEL}`,
    ],
    [
      'customers: [{ id: a, destinations: [{ id: 1, type: cookie }] }]',
      'customers[0].destinations[0].type: must be one of URL, COOKIE, SERVER_TO_SERVER, ANALYTICS, PEOPLE_BASED, PULL, UNKNOWN, not cookie',
    ],
    [
      'customers: [{ id: a, destinations: [{ id: 1, segmentIdType: sid }] }]',
      'customers[0].destinations[0].segmentIdType: must be one of AUTO, SID, MAPPING_ID, ALIAS, VALUE, KEY_VALUE, URL, not sid',
    ],
    [
      'customers: [{ id: a, credentials: { username: u } }]',
      'customers[0].credentials.type: is missing; it must be password or server-to-server',
    ],
    [
      'customers: [{ id: a, credentials: { type: oauth } }]',
      'customers[0].credentials.type: must be password or server-to-server, not oauth',
    ],
    [
      'customers: [{ id: a, credentials: none }]',
      'customers[0].credentials: must be a mapping with type: password or type: server-to-server',
    ],
  ])('is reported among the customers: %s', (text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  it.each([
    [
      'htp://api.example.com',
      'must be a URL that begins with https:// or http://, not htp://api.example.com',
    ],
    ['api.example.com', 'must be a URL that begins with https:// or http://, not api.example.com'],
    ['https://', 'must be a URL that begins with https:// or http://, not https://'],
    [
      'https://api.example.com/a b',
      'must be a URL that begins with https:// or http://, not "https://api.example.com/a b"',
    ],
    [
      'https://user:pw@api.example.com',
      'must not contain a user name or password; remove the part before the @',
    ],
    [
      'https://api.example.com?key=1',
      'must not have a query or fragment; remove everything from the ? or # on',
    ],
    [
      'http://api.example.com',
      'must begin with https://, because credentials would be sent in clear text to http://api.example.com (allowed with --insecure)',
    ],
  ])('is reported if it is not the URL of an API: %s', (url, expected) => {
    const text = `audienceManager:\n  password:\n    baseUrl: ${url}\n    tokenUrl: ${url}\n${SMALLEST}`;
    expect(mistakes(text)).toEqual([
      `audienceManager.password.baseUrl: ${expected}`,
      `audienceManager.password.tokenUrl: ${expected}`,
    ]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', '128.0.0.1', 'gateway.internal', '::ffff:10.0.0.1'])(
    'is %s as the address to listen on without access control',
    (host) => {
      expect(mistakes(`listen: { host: "${host}" }\n${SMALLEST}`)).toEqual([
        `listen.host: ${host} is not a loopback address, and without access every machine that reaches it may ` +
          'call; add access (aam-gateway key creates a key), listen on 127.0.0.1, or start with --insecure',
      ]);
    },
  );
});

describe('an unknown key', () => {
  it.each([
    [
      'logging: { level: debug }',
      'logging: is not a known key; the keys here are include, listen, access, limits, audienceManager, outbound, freshness, cache, storage, shutdown, config, messages, telemetry, customers',
    ],
    ['listne: {}', 'listne: is not a known key; did you mean listen?'],
    ['listen: { Port: 1 }', 'listen.Port: is not a known key; did you mean port?'],
    [
      'audienceManager: { page_size: 1 }',
      'audienceManager.page_size: is not a known key; did you mean pageSize?',
    ],
    [
      'listen: { "a b.c": 1 }',
      'listen["a b.c"]: is not a known key; the keys here are host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
    [
      'listen: { "\\e[31m": 1 }',
      'listen["\\u{1b}[31m"]: is not a known key; the keys here are host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
    [
      'listen: { <<: { port: 1 } }',
      'listen["<<"]: is not a known key; the keys here are host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
    [
      'listen: { __proto__: { port: 1 } }',
      'listen.__proto__: is not a known key; the keys here are host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
    [
      'listen: { constructor: 1 }',
      'listen.constructor: is not a known key; the keys here are host, port, tls, page, explorer, sandbox, mcp, cors, trustProxy, getMaxAge, idleTimeout',
    ],
  ])('is reported with its path: %s', (line, expected) => {
    expect(mistakes(`${line}\n${SMALLEST}`)).toEqual([expected]);
  });

  it('does not change any prototype', () => {
    refusal(`__proto__: { polluted: yes }\nlisten: { __proto__: { polluted: yes } }\n${SMALLEST}`);
    expect('polluted' in {}).toBe(false);
  });

  it('is one mistake, whatever its value is', () => {
    expect(mistakes(`listne: { host: "\${env:MISSING}", host: 2 }\n${SMALLEST}`)).toEqual([
      'listne: is not a known key; did you mean listen?',
    ]);
  });

  it('is reported in every entry of a list', () => {
    expect(
      mistakes('customers: [{ id: a, nmae: x }, { id: b, destinations: [{ id: 1, tpye: URL }] }]'),
    ).toEqual([
      'customers[0].nmae: is not a known key; did you mean name?',
      'customers[1].destinations[0].tpye: is not a known key; did you mean type?',
    ]);
  });
});

describe('a duplicate', () => {
  it('is refused for keys', () => {
    expect(mistakes('listen:\n  port: 1\n  host: localhost\n  port: 2\ncustomers: [{ id: a }]')).toEqual([
      'listen.port: is given twice, at lines 2 and 4; keep one',
    ]);
  });

  it('is refused for customer IDs, also for one from a reference', () => {
    expect(
      mistakes('customers: [{ id: a }, { id: b }, { id: "${env:ID}" }, { id: a }]', { env: { ID: 'a' } }),
    ).toEqual([
      'customers[2].id: the value given (not shown here) is the same as customers[0].id; every customer needs an ID of its own',
      'customers[3].id: "a" is the same as customers[0].id; every customer needs an ID of its own',
    ]);
  });

  it('is refused for destination IDs of one customer', () => {
    expect(
      mistakes('customers: [{ id: a }, { id: b, destinations: [{ id: 1 }, { id: 2 }, { id: 1 }] }]'),
    ).toEqual([
      'customers[1].destinations[2].id: "1" is the same as customers[1].destinations[0].id; ' +
        'every destination of a customer needs an ID of its own',
    ]);
  });
});

describe('the client of password credentials', () => {
  const customer = '{ type: password, username: u, password: p }';

  it('is required by a customer with such credentials', () => {
    expect(mistakes(`customers: [{ id: a }, { id: b, credentials: ${customer} }]`)).toEqual([
      'audienceManager.password.clientId: is missing and needed by customers[1] (ID: b), whose credentials ' +
        'are of type password; add clientId and clientSecret',
    ]);
  });

  it('is reported as missing once, however many customers need it', () => {
    const text = `customers: [{ id: a, credentials: ${customer} }, { id: b, credentials: ${customer} }]`;
    expect(mistakes(text)).toHaveLength(1);
    expect(mistakes(text)[0]).toContain('customers[0] (ID: a) and 1 more');
  });

  it('requires both an ID and a secret', () => {
    expect(mistakes(`audienceManager: { password: { clientId: x } }\n${SMALLEST}`)).toEqual([
      'audienceManager.password.clientSecret: is missing; the clientId beside it needs its secret',
    ]);
    expect(mistakes(`audienceManager: { password: { clientSecret: x } }\n${SMALLEST}`)).toEqual([
      'audienceManager.password.clientId: is missing; the clientSecret beside it needs its client ID',
    ]);
  });
});

describe('a text that is not a configuration', () => {
  const empty = ': is empty; list at least one customer under customers:';
  const noMapping = ': must be a mapping at its top level, with a list under customers:';

  it.each([
    ['', empty],
    ['\n# nothing but words\n', empty],
    ['---\n', empty],
    ['- a', noMapping],
    ['just words', noMapping],
    ['listen: {}', ': is missing'],
  ])('is refused: %j', (text, expected) => {
    expect(mistakes(text)).toHaveLength(1);
    expect(mistakes(text)[0]).toContain(expected);
  });

  it.each([
    ['customers:\n\t- id: a', 2, 1, 'tabs'],
    ['customers:\n  - id: @a', 2, 9, 'quotes'],
    ['customers:\n  - id: "a', 2, 11, 'closing quote'],
    ['customers: [{ id: a }', 1, 22, 'bracket'],
    ['customers: [{ id: a }]\n---\nlisten: {}', 2, 1, 'second document'],
    ['customers: [{ id: !secret a }]', 1, 19, 'tags'],
    ['customers: [{ id: !!int 3 }]', 1, 19, 'tags'],
    ['customers: *nobody', 1, 12, 'anchor'],
    ['listen: { host: a: b }\ncustomers: [{ id: a }]', 1, 17, 'quote'],
  ])('is refused with line and column of a syntax error: %j', (text, line, column, word) => {
    expect(mistakes(text)).toHaveLength(1);
    expect(mistakes(text)[0]).toContain(`is not valid YAML at line ${line}, column ${column}: `);
    expect(mistakes(text)[0]).toContain(word);
  });

  it('is refused if a key is not text or has no value', () => {
    expect(mistakes('? [a]\n: 1\ncustomers: [{ id: a, b }]')).toEqual([
      ': has a key that is not plain text at line 1; use a plain word as the key',
      'customers[0]: has a key without a value at line 3; add the value, or quote a value that contains a comma',
    ]);
  });

  it('is refused if its aliases expand to too many values', () => {
    const levels = Array.from(
      { length: 20 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(`*l${n}`).join(', ')}]`,
    );
    expect(mistakes(`l0: &l0 [x]\n${levels.join('\n')}\n${SMALLEST}`)).toEqual([
      ': takes the configuration above 5000000 values, aliases included',
    ]);
  });

  it('is refused if an alias refers to a value that contains it', () => {
    expect(mistakes('customers: &all [{ id: a, destinations: *all }]')).toEqual([
      'customers[0].destinations: is an alias of a value that contains it; write the value out',
    ]);
  });

  it.each(['[', '{a: ', '- ', '? '])('is refused if it is nested too deeply by %j', (nesting) => {
    expect(mistakes(nesting.repeat(50_000))).toEqual([': is nested more than 32 levels deep']);
  });

  it('is refused with all of very many mistakes', () => {
    expect(mistakes(`customers: [${'{}, '.repeat(90_000)}]`)).toHaveLength(90_000);
  });
});

describe('the refusal of a configuration', () => {
  it('lists all mistakes, in the order of the file, each one once', () => {
    const text = `
listen: { host: 0.0.0.0, port: http }
customers:
  - id: acme
    credentials: { type: password, username: u, password: "\${env:ACME_PASSWORD}" }
    destinations:
      - { id: 314, segmentIdType: sid }
      - { id: 314, typ: URL }
  - name: nameless
  - id: acme
    id: other
    destinations: [{ id: "\${file:absent}" }]
audienceManager:
  retries: many
  password: { clientSecret: x }
freshness: { ttl: 1y, "no such key": 1 }
`;
    const error = refusal(text);
    expect(error.problems.map(({ path }) => path)).toEqual([
      'listen.host',
      'listen.port',
      'customers[0].credentials.password',
      'customers[0].destinations[0].segmentIdType',
      'customers[0].destinations[1].id',
      'customers[0].destinations[1].typ',
      'customers[1].id',
      'customers[2].id',
      'customers[2].id',
      'customers[2].destinations[0].id',
      'audienceManager.retries',
      'audienceManager.password.clientId',
      'freshness.ttl',
      'freshness["no such key"]',
    ]);
    expect(new Set(error.message.split('\n')).size).toBe(15);
  });

  it('has a message with the file and one line per mistake', () => {
    const error = refusal('listen: { port: x }\ncustomers: []', { file: 'conf/\u001b[2Jgateway.yaml' });
    expect(error.message).toBe(
      [
        'conf/\\u{1b}[2Jgateway.yaml has 2 mistakes:',
        '  listen.port: must be a whole number from 0 to 65535, not x',
        '  customers: is empty; list at least one customer with its id',
      ].join('\n'),
    );
    expect(error.name).toBe('ConfigError');
    expect(refusal('', { file: 'a.yaml' }).message).toBe(
      'a.yaml has 1 mistake:\n  is empty; list at least one customer under customers:',
    );
  });

  it('escapes control characters and shortens long values', () => {
    const { message } = refusal(
      `listen: { port: "1\\n2\\e[31m\\u2028\\u202E${'9'.repeat(500)}" }\n${SMALLEST}`,
    );
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain('"1\\u{a}2\\u{1b}[31m\\u{2028}\\u{202e}999');
    expect(message.length).toBeLessThan(250);
  });
});

describe('a delay of the stop', () => {
  it.each([
    ['{ delay: 17s }', null],
    ['{ delay: 17001ms }', 26],
    ['{ delay: 20s }', 28],
    ['{ delay: 10m, limit: 607s }', 608],
    ['{ delay: 4s, limit: 10s }', null],
    ['{ delay: 5s, limit: 10s }', 12],
    ['{ delay: 0, limit: 1s }', null],
  ])('leaves time to answer requests: %s', (shutdown, seconds) => {
    const text = (limits: string): string => `shutdown: ${limits}\n${SMALLEST}`;
    if (seconds === null) {
      expect(parse(text(shutdown)).shutdown).toBeDefined();
      return;
    }
    const [mistake, ...others] = mistakes(text(shutdown));
    expect(others).toEqual([]);
    expect(mistake).toMatch(/^shutdown\.delay: \S+ leaves no time to answer requests: raise shutdown\.limit/);
    expect(mistake).toContain(`at least ${seconds}s,`);
    const delay = /delay: \w+/.exec(shutdown)?.[0];
    expect(parse(text(`{ ${delay}, limit: ${seconds}s }`)).shutdown.limitMs).toBe(seconds * 1_000);
  });
});
