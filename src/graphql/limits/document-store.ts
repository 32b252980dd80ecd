import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

type Store = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>;

/** Of all documents together, about, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Of a token with what stands for it in the syntax tree, measured on V8. */
const TOKEN_BYTES = 300;

/**
 * The documents that Apollo Server need not parse and validate again, the least recently used going first. Its own
 * store counts their syntax trees alone, not the texts and comments that these hold on to: with those, a caller
 * could fill the memory.
 */
export function createDocumentStore(): Store {
  const documents = new LRUCache<string, DocumentNode>({ maxSize: MAX_BYTES, sizeCalculation: bytesOf });
  return {
    get: (key) => Promise.resolve(documents.get(key)),
    set: (key, document) => {
      documents.set(key, document);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(documents.delete(key)),
  };
}

function bytesOf({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) tokens += 1;
  return (loc?.end ?? 0) + tokens * TOKEN_BYTES;
}
