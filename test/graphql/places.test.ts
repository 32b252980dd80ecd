import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ViewerDocument } from '../generated/operations.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type Answer } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

const ALL = ['read', 'refresh', 'import'];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({
    simulated: [
      passwordCustomer('acme', destination(314, 1), destination(315, 1)),
      passwordCustomer('globex', destination(314, 2)),
      passwordCustomer('initech', destination(314, 3), destination(900, 1)),
    ],
    config: {
      access: {
        apiKeys: [
          entryOf('acme-key', 'acme-ui', ['acme'], ALL),
          entryOf('two-key', 'two-ui', ['acme', 'globex'], ALL),
        ],
      },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function ask(key: string, query: string): Promise<Answer<Record<string, unknown>>> {
  return (await gateway.post({ query }, withKey(key))).body as Answer<Record<string, unknown>>;
}

/** Every field that names a destination, with or without the argument in `customer`. */
const FIELDS = [
  (customer: string): string => `{ segment(${customer} destinationId: "314", segmentId: "1001") { label } }`,
  (customer: string): string =>
    `{ segments(${customer} destinationId: "314", segmentIds: ["1001"]) { label } }`,
  (customer: string): string =>
    `{ segmentsByKey(keys: [{ ${customer} destinationId: "314", segmentId: "1001" }]) { label } }`,
  (customer: string): string => `{ destination(${customer} destinationId: "314") { customer { id } } }`,
  (customer: string): string =>
    `mutation { refreshDestination(${customer} destinationId: "314") { customer { id } } }`,
  (customer: string): string =>
    `mutation { setSegment(key: { ${customer} destinationId: "314", segmentId: "1001" }, status: ACTIVE) { customer { id } } }`,
  (customer: string): string =>
    `mutation { unsetSegment(key: { ${customer} destinationId: "314", segmentId: "1001" }) { customer { id } } }`,
  (customer: string): string =>
    `mutation { importSegments(${customer} destinationId: "314", csv: "id,name\\n1001,x", dryRun: true) { created } }`,
];

describe('a destination without its customer', () => {
  it.each(FIELDS.map((field) => [field('').trim(), field]))(
    'is the one that the caller may see: %s',
    async (_, field) => {
      const answer = await ask('acme-key', field(''));
      expect(answer.errors).toBeUndefined();
      expect(answer).toEqual(await ask('acme-key', field('customerId: "acme",')));
      expect(answer).toEqual(await ask('acme-key', field('customerId: null,')));
    },
  );

  it.each(FIELDS.map((field) => [field('').trim(), field]))(
    'is a mistake where the caller may see several, and nothing hidden is named: %s',
    async (_, field) => {
      const { errors } = await ask('two-key', field(''));
      expect(errors).toHaveLength(1);
      expect(errors![0]).toMatchObject({
        message: 'There are destinations 314 of several customers (acme, globex); give customerId as well.',
        extensions: { code: 'BAD_USER_INPUT' },
      });
    },
  );

  it.each(FIELDS.map((field) => [field('').trim(), field]))(
    'that is hidden reads to the letter like one that is missing: %s',
    async (_, field) => {
      const [hidden, missing] = await Promise.all(
        ['900', '901'].map(async (id) =>
          JSON.stringify(await ask('two-key', field('').replace('314', id))).replaceAll(id, 'ID'),
        ),
      );
      expect(hidden).toBe(missing);
      if (field('').startsWith('{ destination')) expect(hidden).toBe('{"data":{"destination":null}}');
      else expect(hidden).toContain('There is no destination ID.');
    },
  );

  it('is a filter in a search', async () => {
    const { data } = await ask(
      'two-key',
      '{ searchSegments(text: "", destinationId: "314") { totalCount } }',
    );
    expect(data).toEqual({ searchSegments: { totalCount: 3 } });
  });
});

describe('the viewer', () => {
  it('is the caller, with what it may see and do', async () => {
    const of = async (key: string): Promise<unknown> =>
      (await gateway.post({ query: '{ viewer { name permissions customerCount } }' }, withKey(key))).body;
    const permissions = ['import', 'read', 'refresh'];
    for (let time = 0; time < 3; time++) {
      expect(await of('acme-key')).toEqual({
        data: { viewer: { name: 'acme-ui', permissions, customerCount: 1 } },
      });
      expect(await of('two-key')).toEqual({
        data: { viewer: { name: 'two-ui', permissions, customerCount: 2 } },
      });
    }
  });

  it('is anyone while access control is not configured', async () => {
    await using open = await TestGateway.start({ simulated: [passwordCustomer('acme')] });
    expect(await open.run(ViewerDocument, {})).toEqual({
      data: {
        viewer: {
          name: 'anyone',
          permissions: ['explore', 'import', 'metrics', 'read', 'refresh'],
          customerCount: 1,
        },
      },
    });
  });
});
