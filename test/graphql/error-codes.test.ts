import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

describe('the error code', () => {
  it('of a persisted query that is not stored is the one that clients of the protocol wait for', async () => {
    await using gateway = await TestGateway.start({ simulated: [passwordCustomer('acme')] });
    const query = '{ viewer { name } }';
    const extensions = {
      persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
    };
    const ask = async (body: object): Promise<unknown> => (await gateway.post({ ...body, extensions })).body;
    expect(await ask({})).toEqual({
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    const answer = { data: { viewer: { name: 'anyone' } } };
    expect(await ask({ query })).toEqual(answer);
    expect(await ask({})).toEqual(answer);
  });

  it('of an ID that is no ID is BAD_USER_INPUT in variables, and of the document else', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    const code = async (query: string, variables = {}): Promise<unknown> =>
      (await gateway.query(query, variables)).errors?.map(({ extensions }) => extensions.code);
    expect(await code('query ($id: ID!) { customer(id: $id) { id } }', { id: 1.5 })).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect(await code('{ customer(id: 1.5) { id } }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await code('{ customer(id: 9007199254740993) { id } }')).toEqual(['BAD_USER_INPUT']);
    // Each mistake of a document has its own code.
    expect(await code('{ customer(id: 9007199254740993) { nothing } }')).toEqual([
      'BAD_USER_INPUT',
      'GRAPHQL_VALIDATION_FAILED',
    ]);
  });
});
