import { Client, fetchExchange, type OperationResult } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import type { ClientKind } from './client.js';

/** urql with its normalized cache, which knows an object by `__typename` and `id`. */
export const urql: ClientKind = {
  name: 'urql with graphcache',
  // It keeps objects without an `id`, such as `sync`, below the object that has them, and says so.
  harmless: /^Invalid key: /,
  connect: (url, fetch) => {
    const client = new Client({
      url,
      fetch,
      exchanges: [cacheExchange(), fetchExchange],
      // The gateway answers GET only with a header that pages of other sites cannot send; see docs/access.md.
      preferGetMethod: false,
    });
    return {
      query: async ({ document, variables }) => dataOf(await client.query(document, variables).toPromise()),
      refetch: async ({ document, variables }) =>
        dataOf(await client.query(document, variables, { requestPolicy: 'network-only' }).toPromise()),
      mutate: async ({ document, variables }) =>
        dataOf(await client.mutation(document, variables).toPromise()),
      read: async ({ document, variables }) =>
        dataOf(await client.query(document, variables, { requestPolicy: 'cache-only' }).toPromise()),
    };
  },
};

function dataOf({ data, error }: OperationResult): unknown {
  if (error !== undefined) throw error;
  return data ?? null;
}
