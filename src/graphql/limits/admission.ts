import { createHash } from 'node:crypto';
import { parse, type GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { LimitsConfig, TrustedDocumentsConfig } from '../../config/index.js';
import type { Caller } from '../request/caller.js';
import { excessOf, mostNesting, type DocumentLimits, type Excess } from './document-limits.js';
import { excessError, refusal } from '../request/errors.js';

/** What a request names its operation by, before it is looked at any closer. */
export interface OperationRequest {
  /** The operation's text. */
  readonly query: string | null;
  /** The ID of a trusted operation. */
  readonly documentId: string | null;
  /** The hash of a persisted query, which can be such an ID too. */
  readonly persistedHash: string | null;
}

/** What graphql-js says of a text with more tokens than it may have. */
const TOO_MANY_TOKENS = /contains more tha[nt] \d+ tokens/;

/** Texts whose length is within limits, so that a text that comes again is not read twice. In characters. */
const MAX_ADMITTED = 4 * 1024 * 1024;

/**
 * Decides which operations get as far as Apollo Server: none that is too large to be looked at, and where
 * only trusted ones are allowed, no other.
 */
export class Admission {
  readonly #limits: DocumentLimits;
  #trusted: ReadonlyMap<string, string> = new Map();
  /** Of the trusted texts. */
  #hashes: ReadonlySet<string> = new Set();
  #onlyTrusted = false;
  readonly #admitted = new LRUCache<string, true>({
    maxSize: MAX_ADMITTED,
    sizeCalculation: (_, text) => text.length + 1,
  });

  constructor(limits: LimitsConfig, trusted: TrustedDocumentsConfig | null) {
    this.#limits = limits;
    this.configure(trusted);
  }

  /** Takes over a changed list of trusted operations. */
  configure(trusted: TrustedDocumentsConfig | null): void {
    this.#trusted = new Map(Object.entries(trusted?.documents ?? {}));
    this.#hashes = new Set(Array.from(this.#trusted.values(), hashOf));
    this.#onlyTrusted = trusted?.only ?? false;
  }

  /**
   * The text of a trusted operation that a request names by its ID, else `null`.
   *
   * @throws GraphQLError QUERY_TOO_COMPLEX, FORBIDDEN, BAD_USER_INPUT
   */
  admit(request: OperationRequest, caller: Caller): string | null {
    const { query, documentId, persistedHash } = request;
    if (query === null) {
      const known = this.#trusted.get(documentId ?? persistedHash ?? '');
      if (known !== undefined) return known;
      // Of a hash, Apollo Server knows more.
      if (documentId !== null && persistedHash === null) throw unknownDocument();
      return null;
    }
    this.checkTrust(query, caller);
    if (this.#admitted.has(query)) return null;
    const excess = this.#excess(query);
    if (excess !== null) throw excessError(excess);
    this.#admitted.set(query, true);
    return null;
  }

  /**
   * Refuses an operation's text, wherever it came from, that the caller may not run.
   *
   * @throws GraphQLError FORBIDDEN
   */
  checkTrust(text: string, caller: Caller): void {
    if (!this.isTrusted(text, caller)) throw untrusted();
  }

  /** Whether the caller may run an operation with this text. */
  isTrusted(text: string, caller: Caller): boolean {
    return !this.#onlyTrusted || caller.may('explore') || this.#hashes.has(hashOf(text));
  }

  #excess(text: string): Excess | null {
    try {
      return excessOf(parse(text, { maxLexicalTokens: this.#limits.tokens, noLocation: true }), this.#limits);
    } catch (error) {
      // Nested deeper than the parser's stack is.
      if (error instanceof RangeError) return beyond('nesting', mostNesting(this.#limits));
      if (error instanceof Error && TOO_MANY_TOKENS.test(error.message)) {
        return beyond('tokens', this.#limits.tokens);
      }
      // Not GraphQL: Apollo Server says where and why.
      return null;
    }
  }
}

/** By how much is not known: it was not read to its end. */
function beyond(limited: Excess['limited'], limit: number): Excess {
  return { limited, limit, estimate: limit + 1 };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function unknownDocument(): GraphQLError {
  return refusal(
    'BAD_USER_INPUT',
    'The documentId is not one of the trusted documents; send the text of the operation as query.',
    400,
  );
}

function untrusted(): GraphQLError {
  return refusal(
    'FORBIDDEN',
    'Only operations from the list of trusted documents may be sent; others need the permission explore.',
    403,
  );
}
