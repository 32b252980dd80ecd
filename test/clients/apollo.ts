import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import type { ClientKind } from './client.js';

/** Apollo Client: its cache knows an object by `__typename` and `id`. */
export const apollo: ClientKind = {
  name: 'Apollo Client',
  connect: (uri, fetch) => {
    const client = new ApolloClient({ link: new HttpLink({ uri, fetch }), cache: new InMemoryCache() });
    return {
      query: async ({ document, variables }) =>
        (await client.query({ query: gql(document), variables })).data,
      refetch: async ({ document, variables }) =>
        (await client.query({ query: gql(document), variables, fetchPolicy: 'network-only' })).data,
      mutate: async ({ document, variables }) =>
        (await client.mutate({ mutation: gql(document), variables })).data,
      read: ({ document, variables }) => client.readQuery({ query: gql(document), variables }),
    };
  },
};
