import { Client, fetchExchange } from '@urql/preact';
import { cacheExchange } from '@urql/exchange-graphcache';
import { WITHOUT_ID } from './types-without-id.js';

/** Creates the client of the API. What it has read is kept by the global ID of each object. */
export function createClient(fetch: typeof globalThis.fetch): Client {
  return new Client({
    url: '/graphql',
    fetch,
    preferGetMethod: false,
    // What is known is shown at once, and asked for again.
    requestPolicy: 'cache-and-network',
    exchanges: [
      cacheExchange({ keys: Object.fromEntries(WITHOUT_ID.map((type) => [type, () => null])) }),
      fetchExchange,
    ],
  });
}
