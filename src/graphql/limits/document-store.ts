import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>;

/** Estimated maximum size of the store, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Estimated memory of one token and its node in the syntax tree, in bytes. Measured on V8. */
const TOKEN_BYTES = 300;

/** Maximum memory of one character, in bytes: V8 takes two for a text with any character beyond Latin-1. */
const CHARACTER_BYTES = 2;

/**
 * Creates a cache of parsed and validated documents for Apollo Server; the least recently used are evicted first.
 *
 * Apollo Server's default store only counts the syntax trees. Those keep the document's text and comments in memory,
 * so a caller could exceed the limit many times over. This store counts the text and all tokens.
 */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_BYTES,
    sizeCalculation: documentBytes,
  });
  return {
    get: (key) => Promise.resolve(documents.get(key)),
    set: (key, document) => {
      documents.set(key, document);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(documents.delete(key)),
  };
}

/** Estimated memory of a parsed document with its text, in bytes. */
export function documentBytes({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) tokens += 1;
  return (loc?.end ?? 0) * CHARACTER_BYTES + tokens * TOKEN_BYTES;
}
