import { createHash } from 'node:crypto';
import { parse, type GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { LimitsConfig, TrustedDocumentsConfig } from '../../config/index.js';
import type { Caller } from '../request/caller.js';
import { refusal } from '../request/errors.js';
import { documentExcess, maxNesting, type DocumentLimits } from './document-limits.js';
import { excessError, type Excess } from './excess.js';

/** How a request identifies its operation. */
export interface OperationRequest {
  /** The operation's text. */
  readonly query: string | null;
  /** The ID of a trusted document. */
  readonly documentId: string | null;
  /** The hash of an automatic persisted query. It can also be the ID of a trusted document. */
  readonly persistedHash: string | null;
}

/** Matches the error of graphql-js for a document with too many tokens. */
const TOO_MANY_TOKENS = /contains more tha[nt] \d+ tokens/;

/** Matches the error of graphql-js for a document with too many comments. */
const TOO_MANY_COMMENTS = /contains more than \d+ comments/;

/** Maximum number of comments for each token that is allowed. A comment takes as much memory as a token. */
const COMMENTS_PER_TOKEN = 2;

/** The limits that the parser checks. */
export function parserLimits({ tokens }: Pick<LimitsConfig, 'tokens'>) {
  return { maxLexicalTokens: tokens, maxComments: tokens * COMMENTS_PER_TOKEN } as const;
}

/** Number of texts that are known to be within the limits, by their hashes. About 2 MiB. */
const MAX_ADMITTED = 10_000;

/**
 * Decides which operations reach Apollo Server: operations within the document limits and, if only trusted documents
 * are allowed, trusted ones.
 */
export class Admission {
  readonly #limits: DocumentLimits;
  /** Texts of the trusted documents by ID. */
  #trusted: ReadonlyMap<string, string> = new Map();
  /** SHA-256 hashes of the trusted documents' texts. */
  #trustedHashes: ReadonlySet<string> = new Set();
  #onlyTrusted = false;
  /** SHA-256 hashes of texts that the gateway itself executes for callers. Callers cannot send them. */
  readonly #ownHashes: ReadonlySet<string>;
  /** SHA-256 hashes of texts that are within the limits, so that a repeated text is not parsed again. */
  readonly #admitted = new LRUCache<string, true>({ max: MAX_ADMITTED });

  /** @param own texts that the gateway itself executes for callers: then they are trusted, whatever the configuration says */
  constructor(limits: LimitsConfig, trusted: TrustedDocumentsConfig | null, own: readonly string[] = []) {
    this.#limits = limits;
    this.#ownHashes = new Set(own.map(hashOf));
    this.configure(trusted);
  }

  /** Replaces the list of trusted documents, when the configuration is reloaded. */
  configure(trusted: TrustedDocumentsConfig | null): void {
    const documents = Object.entries(trusted?.documents ?? {});
    this.#trusted = new Map(documents.map(([id, text]) => [bareId(id), text]));
    this.#trustedHashes = new Set(Array.from(this.#trusted.values(), hashOf));
    this.#onlyTrusted = trusted?.only ?? false;
  }

  /**
   * Checks a request before it is passed to Apollo Server.
   *
   * @param isOwn whether the gateway itself has chosen the operation, and not the caller
   * @returns the text of the trusted document whose ID the request contains; `null` if it contains no such ID
   * @throws GraphQLError QUERY_TOO_COMPLEX, FORBIDDEN, BAD_USER_INPUT
   */
  admit(request: OperationRequest, caller: Caller, isOwn = false): string | null {
    const { query, documentId, persistedHash } = request;
    if (query === null) {
      const known = this.#trusted.get(bareId(documentId ?? persistedHash ?? ''));
      if (known !== undefined) return known;
      // A request with a hash is passed on: Apollo Server looks it up among the automatic persisted queries.
      if (documentId !== null && persistedHash === null) throw unknownDocumentId();
      return null;
    }
    this.checkTrust(query, caller, isOwn);
    const hash = hashOf(query);
    if (this.#admitted.has(hash)) return null;
    const excess = this.#excess(query);
    if (excess !== null) throw excessError(excess);
    this.#admitted.set(hash, true);
    return null;
  }

  /**
   * Checks that the caller may run an operation with this text, including a text found by its persisted hash.
   *
   * @param isOwn whether the gateway itself has chosen the operation
   * @throws GraphQLError FORBIDDEN
   */
  checkTrust(text: string, caller: Caller, isOwn = false): void {
    if (!this.isTrusted(text, caller, isOwn)) throw notTrusted();
  }

  /** Whether the caller may run an operation with this text; `isOwn`: which the gateway itself has chosen. */
  isTrusted(text: string, caller: Caller, isOwn = false): boolean {
    if (!this.#onlyTrusted || caller.may('explore')) return true;
    const hash = hashOf(text);
    return this.#trustedHashes.has(hash) || (isOwn && this.#ownHashes.has(hash));
  }

  #excess(text: string): Excess | null {
    try {
      const document = parse(text, { ...parserLimits(this.#limits), noLocation: true });
      return documentExcess(document, this.#limits);
    } catch (error) {
      // The nesting overflowed the parser's stack.
      if (error instanceof RangeError) return justAbove('nesting', maxNesting(this.#limits));
      if (error instanceof Error && TOO_MANY_TOKENS.test(error.message)) {
        return justAbove('tokens', this.#limits.tokens);
      }
      if (error instanceof Error && TOO_MANY_COMMENTS.test(error.message)) {
        return justAbove('comments', parserLimits(this.#limits).maxComments);
      }
      // A syntax error: Apollo Server parses the text again and reports the position.
      return null;
    }
  }
}

/** The estimate is the lowest possible value, because the parser stopped before the end. */
function justAbove(limited: Excess['limited'], limit: number): Excess {
  return { limited, limit, estimate: limit + 1 };
}

/** An ID of a trusted document. Clients and manifests write a hash as it is, or behind the name of its algorithm. */
function bareId(id: string): string {
  return id.replace(/^sha256:/i, '');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function unknownDocumentId(): GraphQLError {
  return refusal(
    'BAD_USER_INPUT',
    'The documentId is not one of the trusted documents; send the text of the operation as query.',
    400,
  );
}

function notTrusted(): GraphQLError {
  return refusal(
    'FORBIDDEN',
    'Only operations from the list of trusted documents may be sent; others need the permission explore.',
    403,
  );
}
