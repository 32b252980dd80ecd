import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];
const CUSTOMERS = 'query Customers { customers { nodes { id } } }';
const CUSTOMER = 'query Customer($id: ID!) { customer(id: $id) { id } }';
const REFRESH = 'mutation Refresh { refreshDestination(customerId: "acme", destinationId: "314") { id } }';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const persisted = (sha256Hash: string): { persistedQuery: object } => ({
  persistedQuery: { version: 1, sha256Hash },
});

const API_KEYS = [
  entryOf('acme-key', 'acme-ui', ['acme']),
  entryOf('globex-key', 'globex-ui', ['globex']),
  entryOf('import-key', 'importer', ['acme'], ['import']),
  entryOf('explorer-key', 'explorer', 'all', ['read', 'explore']),
];

interface Outcome {
  readonly status: number;
  readonly data: unknown;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

function outcomeOf(status: number, body: unknown): Outcome {
  const { data, errors } = body as Answer<unknown>;
  return { status, data, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
}

async function post(gateway: TestGateway, key: string, body: object): Promise<Outcome> {
  const answer = await gateway.post(body, withKey(key));
  return outcomeOf(answer.status, answer.body);
}

/** Sends the same parameters by GET. Values that are not strings are written as JSON. */
async function get(gateway: TestGateway, key: string, parameters: object): Promise<Outcome> {
  const search = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const response = await gateway.fetch(`/graphql?${search.toString()}`, {
    headers: { ...withKey(key), 'apollo-require-preflight': 'true' },
  });
  return outcomeOf(response.status, await response.json());
}

const BOTH = [
  ['POST', post],
  ['GET', get],
] as const;

const seen = (...ids: string[]): object => ({
  status: 200,
  data: { customers: { nodes: ids.map((id) => ({ id })) } },
});

describe('automatic persisted queries', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: SIMULATED, config: { access: { apiKeys: API_KEYS } } });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it('are registered by POST and run by their hash, by other callers too, each with its own permissions', async () => {
    const extensions = persisted(hashOf(CUSTOMERS));
    expect(await post(gateway, 'acme-key', { extensions })).toMatchObject({
      code: 'PERSISTED_QUERY_NOT_FOUND',
      message: 'PersistedQueryNotFound',
    });
    expect(await post(gateway, 'acme-key', { query: CUSTOMERS, extensions })).toMatchObject(seen('acme'));
    for (const [, send] of BOTH) {
      expect(await send(gateway, 'acme-key', { extensions })).toMatchObject(seen('acme'));
      expect(await send(gateway, 'globex-key', { extensions })).toMatchObject(seen('globex'));
      expect(await send(gateway, 'explorer-key', { extensions })).toMatchObject(seen('acme', 'globex'));
      expect(await send(gateway, 'import-key', { extensions })).toMatchObject({
        status: 403,
        code: 'FORBIDDEN',
      });
      expect(await send(gateway, 'unknown-key', { extensions })).toMatchObject({ status: 401 });
    }
  });

  it('accept variables, by POST and by GET', async () => {
    const extensions = persisted(hashOf(CUSTOMER));
    await post(gateway, 'acme-key', { query: CUSTOMER, variables: { id: 'acme' }, extensions });
    for (const [, send] of BOTH) {
      const own = await send(gateway, 'globex-key', { variables: { id: 'globex' }, extensions });
      expect(own).toMatchObject({ status: 200, data: { customer: { id: 'globex' } } });
      const other = await send(gateway, 'globex-key', { variables: { id: 'acme' }, extensions });
      expect(other).toMatchObject({ status: 200, data: { customer: null } });
    }
  });

  it.each(BOTH)('are refused under the hash of another text, by %s', async (_, send) => {
    const extensions = persisted(hashOf('query Other { __typename }'));
    expect(await send(gateway, 'acme-key', { query: CUSTOMERS, extensions })).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
      message: 'provided sha does not match query',
    });
    expect(await send(gateway, 'acme-key', { extensions })).toMatchObject({
      code: 'PERSISTED_QUERY_NOT_FOUND',
      message: 'PersistedQueryNotFound',
    });
  });

  it.each(BOTH)('are refused in another version of the protocol, by %s', async (_, send) => {
    const extensions = { persistedQuery: { version: 2, sha256Hash: hashOf(CUSTOMERS) } };
    expect(await send(gateway, 'acme-key', { query: CUSTOMERS, extensions })).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
      message: 'Unsupported persisted query version',
    });
  });

  it('need no further header against forged requests than the key', async () => {
    const extensions = JSON.stringify(persisted(hashOf(CUSTOMERS)));
    const response = await gateway.fetch(`/graphql?extensions=${encodeURIComponent(extensions)}`, {
      headers: withKey('acme-key'),
    });
    expect(response.status).toBe(200);
  });

  it('are not run by GET if they are mutations', async () => {
    const extensions = persisted(hashOf(REFRESH));
    await post(gateway, 'import-key', { query: REFRESH, extensions });
    expect(await get(gateway, 'import-key', { extensions })).toMatchObject({ status: 405 });
    expect(gateway.simulator.listings()).toBe(0);
  });
});

const CODEGEN = JSON.stringify({ [hashOf(CUSTOMERS)]: CUSTOMERS, 'customer-1': CUSTOMER, refresh: REFRESH });
const APOLLO = JSON.stringify({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: hashOf(CUSTOMERS), name: 'Customers', type: 'query', body: CUSTOMERS },
    { id: 'customer-1', name: 'Customer', type: 'query', body: CUSTOMER },
    { id: 'refresh', name: 'Refresh', type: 'mutation', body: REFRESH },
  ],
});

describe.each([
  ["of GraphQL Code Generator's format", CODEGEN],
  ["of Apollo's format", APOLLO],
])('trusted documents %s', (_, manifest) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'operations.json': manifest },
      config: { access: { apiKeys: API_KEYS, trustedDocuments: 'operations.json' } },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each(BOTH)('are run by their ID, by %s', async (_method, send) => {
    expect(await send(gateway, 'acme-key', { documentId: hashOf(CUSTOMERS) })).toMatchObject(seen('acme'));
    expect(await send(gateway, 'globex-key', { documentId: hashOf(CUSTOMERS) })).toMatchObject(
      seen('globex'),
    );
    const variables = { id: 'acme' };
    const found = await send(gateway, 'acme-key', { documentId: 'customer-1', variables });
    expect(found).toMatchObject({ status: 200, data: { customer: { id: 'acme' } } });
    const named = await send(gateway, 'acme-key', {
      documentId: 'customer-1',
      variables,
      operationName: 'Customer',
    });
    expect(named).toMatchObject({ status: 200, data: { customer: { id: 'acme' } } });
    const hidden = await send(gateway, 'globex-key', { documentId: 'customer-1', variables });
    expect(hidden).toMatchObject({ status: 200, data: { customer: null } });
  });

  it.each(BOTH)(
    'are run by the hash of a persisted query that was never registered, by %s',
    async (_method, send) => {
      const extensions = persisted(hashOf(CUSTOMERS));
      expect(await send(gateway, 'acme-key', { extensions })).toMatchObject(seen('acme'));
      const variables = { id: 'acme' };
      expect(
        await send(gateway, 'acme-key', { extensions: persisted('customer-1'), variables }),
      ).toMatchObject({
        data: { customer: { id: 'acme' } },
      });
    },
  );

  it.each(BOTH)('are run by whatever clients call their ID, by %s', async (_method, send) => {
    for (const name of ['documentId', 'doc_id', 'id']) {
      const hash = hashOf(CUSTOMERS);
      expect(await send(gateway, 'acme-key', { [name]: hash })).toMatchObject(seen('acme'));
      expect(await send(gateway, 'acme-key', { [name]: `sha256:${hash}` })).toMatchObject(seen('acme'));
      expect(await send(gateway, 'acme-key', { [name]: 'customer-2' })).toMatchObject({ status: 400 });
    }
  });

  it('need the permissions of their operations', async () => {
    expect(await post(gateway, 'import-key', { documentId: hashOf(CUSTOMERS) })).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect(await post(gateway, 'acme-key', { documentId: 'refresh' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await get(gateway, 'acme-key', { documentId: 'refresh' })).toMatchObject({ status: 405 });
    expect(gateway.simulator.listings()).toBe(0);
  });

  it.each(BOTH)('are refused with an explanation if they do not exist, by %s', async (_method, send) => {
    for (const documentId of ['customer-2', '', '__proto__', 'constructor', CUSTOMERS]) {
      expect(await send(gateway, 'acme-key', { documentId })).toMatchObject({
        status: 400,
        code: 'BAD_USER_INPUT',
        message:
          'The documentId is not one of the trusted documents; send the text of the operation as query.',
      });
    }
    const extensions = persisted('customer-2');
    expect(await send(gateway, 'acme-key', { extensions })).toMatchObject({
      code: 'PERSISTED_QUERY_NOT_FOUND',
      message: 'PersistedQueryNotFound',
    });
  });

  it.each(BOTH)('do not forbid other operations by default, by %s', async (_method, send) => {
    expect(await send(gateway, 'acme-key', { query: '{ __typename }' })).toMatchObject({ status: 200 });
    // A request with both a text and an ID runs the text.
    const both = { query: '{ __typename }', documentId: hashOf(CUSTOMERS) };
    expect(await send(gateway, 'acme-key', both)).toMatchObject({ data: { __typename: 'Query' } });
  });
});

describe('if only trusted documents may be sent', () => {
  let gateway: TestGateway;
  const config = (only = true): { access: object } & Record<string, Record<string, unknown>> => ({
    access: { apiKeys: API_KEYS, trustedDocuments: { file: 'operations.json', only } },
  });
  const FORBIDDEN = {
    status: 403,
    data: undefined,
    code: 'FORBIDDEN',
    message:
      'Only operations from the list of trusted documents may be sent; others need the permission explore.',
  };

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'operations.json': CODEGEN },
      config: config(),
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each(BOTH)('trusted documents are run by ID, by hash and by their text, by %s', async (_, send) => {
    expect(await send(gateway, 'acme-key', { documentId: hashOf(CUSTOMERS) })).toMatchObject(seen('acme'));
    const extensions = persisted(hashOf(CUSTOMERS));
    expect(await send(gateway, 'acme-key', { extensions })).toMatchObject(seen('acme'));
    expect(await send(gateway, 'acme-key', { query: CUSTOMERS })).toMatchObject(seen('acme'));
    expect(await send(gateway, 'acme-key', { query: CUSTOMERS, extensions })).toMatchObject(seen('acme'));
  });

  it.each([
    ['another operation', { query: '{ customers { totalCount } }' }],
    ['the schema', { query: '{ __schema { queryType { name } } }' }],
    ['a trusted document with one more space', { query: `${CUSTOMERS} ` }],
    [
      'a trusted document with a second operation',
      { query: `${CUSTOMERS} query B { __typename }`, operationName: 'Customers' },
    ],
    ['a text that is not GraphQL', { query: 'customers' }],
    [
      'another operation with the ID of a trusted document',
      { query: '{ __typename }', documentId: 'customer-1' },
    ],
    [
      'another operation with its own hash',
      { query: '{ __typename }', extensions: persisted(hashOf('{ __typename }')) },
    ],
    [
      'another operation with the hash of a trusted document',
      { query: '{ __typename }', extensions: persisted(hashOf(CUSTOMERS)) },
    ],
  ])('%s is forbidden', async (_, body) => {
    for (const [, send] of BOTH) expect(await send(gateway, 'acme-key', body)).toEqual(FORBIDDEN);
  });

  it('a caller with the permission explore may send any operation', async () => {
    for (const [, send] of BOTH) {
      const query = '{ __schema { queryType { name } } }';
      expect(await send(gateway, 'explorer-key', { query })).toMatchObject({
        data: { __schema: { queryType: { name: 'Query' } } },
      });
    }
  });

  it('a persisted query that such a caller registered is forbidden to other callers', async () => {
    const query = '{ customers { totalCount } }';
    const extensions = persisted(hashOf(query));
    expect(await post(gateway, 'explorer-key', { query, extensions })).toMatchObject({ status: 200 });
    for (const [, send] of BOTH) {
      expect(await send(gateway, 'explorer-key', { extensions })).toMatchObject({ status: 200 });
      expect(await send(gateway, 'acme-key', { extensions })).toEqual(FORBIDDEN);
    }
  });

  it('a forbidden persisted query is not registered', async () => {
    const query = '{ a: __typename }';
    const extensions = persisted(hashOf(query));
    await post(gateway, 'acme-key', { query, extensions });
    const asked = await post(gateway, 'explorer-key', { extensions });
    expect(asked).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' });
  });

  it('a reloaded configuration takes effect at once', async () => {
    const query = '{ b: __typename }';
    expect(await post(gateway, 'acme-key', { query })).toEqual(FORBIDDEN);
    gateway.reload(config(false));
    expect(await post(gateway, 'acme-key', { query })).toMatchObject({ status: 200 });
    await gateway.write('operations.json', JSON.stringify({ b: query }));
    gateway.reload(config());
    expect(await post(gateway, 'acme-key', { query })).toMatchObject({ status: 200 });
    expect(await post(gateway, 'acme-key', { query: CUSTOMERS })).toEqual(FORBIDDEN);
    expect(await post(gateway, 'acme-key', { documentId: 'customer-1' })).toMatchObject({ status: 400 });
    gateway.reload(config(false));
    expect(await post(gateway, 'acme-key', { query: CUSTOMERS })).toMatchObject({ status: 200 });
  });

  it('a reloaded configuration that does not say so any more changes nothing', async () => {
    gateway.reload(config());
    for (const access of [
      { apiKeys: API_KEYS },
      { apiKeys: API_KEYS, trustedDocuments: 'operations.json' },
      { apiKeys: API_KEYS, trustedDocuments: { file: 'operations.json' } },
    ]) {
      gateway.reload({ access });
      expect(await post(gateway, 'acme-key', { query: '{ customers { totalCount } }' })).toEqual(FORBIDDEN);
    }
  });
});

describe('trusted documents that do not fit the schema', () => {
  const warnings = (gateway: TestGateway): Record<string, unknown>[] =>
    gateway.log.filter(({ msg }) => String(msg).includes('do not fit the schema'));
  const config = { access: { apiKeys: API_KEYS, trustedDocuments: { file: 'operations.json', only: true } } };

  it('are logged at the start with the reason, and fail when they are used', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: {
        'operations.json': JSON.stringify({
          good: CUSTOMERS,
          'old-field': '{ customers { nodes { nome } } }',
          'no-graphql': 'customers {',
          'no-such-variable': 'query ($id: ID!) { customer(id: $key) { id } }',
        }),
      },
      config,
    });
    expect(warnings(gateway)).toMatchObject([
      {
        level: 'warn',
        count: 3,
        documents: [
          { id: 'old-field', reason: expect.stringContaining('nome') as string },
          { id: 'no-graphql', reason: expect.stringContaining('Syntax Error') as string },
          { id: 'no-such-variable', reason: expect.stringContaining('$key') as string },
        ],
      },
    ]);
    expect(await post(gateway, 'acme-key', { documentId: 'good' })).toMatchObject(seen('acme'));
    expect(await post(gateway, 'acme-key', { documentId: 'old-field' })).toMatchObject({
      status: 400,
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });

  it('are logged after a reload, only the first twenty of many', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'operations.json': CODEGEN },
      config,
    });
    expect(warnings(gateway)).toEqual([]);
    const bad = Array.from({ length: 30 }, (_, index) => [`bad-${index}`, `{ field${index} }`]);
    await gateway.write('operations.json', JSON.stringify(Object.fromEntries(bad)));
    gateway.reload(config);
    const [warning, ...others] = warnings(gateway);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ level: 'warn', count: 30 });
    expect(warning?.['documents']).toHaveLength(20);
  });
});
