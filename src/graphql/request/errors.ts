import { HeaderMap } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type ASTNode, type GraphQLFormattedError } from 'graphql';
import { DirectoryError, storageMessage, type DirectoryErrorCode } from '../../directory/index.js';
import { StorageError } from '../../storage/index.js';

/** All values of `extensions.code` in this API's errors. */
export type ErrorCode =
  | DirectoryErrorCode
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'QUERY_TOO_COMPLEX'
  | 'RATE_LIMITED'
  | 'IMPORT_TIMEOUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'STORAGE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/** Maximum length of an error message, in characters. */
const MAX_MESSAGE_LENGTH = 1_000;

const DEFECT_MESSAGE = 'Something went wrong inside the gateway; its log has the details.';

/**
 * Creates an error with a code, for one field of the response.
 *
 * @param node the place in the document, if the error is about a part of it
 */
export function gatewayError(code: ErrorCode, message: string, node: ASTNode | null = null): GraphQLError {
  return new GraphQLError(message, { nodes: node, extensions: { code } });
}

/** Creates an error that rejects the whole request. Apollo Server responds with this HTTP status and these headers. */
export function refusal(
  code: ErrorCode,
  message: string,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): GraphQLError {
  const http = { status, headers: new HeaderMap(Object.entries(headers)) };
  return new GraphQLError(message, { extensions: { code, http } });
}

/** Creates the error for a request without a valid API key or token. */
export function unauthenticated(): GraphQLError {
  return refusal(
    'UNAUTHENTICATED',
    'Authentication required: send an API key as x-api-key: KEY, or a key or token as authorization: Bearer KEY.',
    401,
    { 'www-authenticate': 'Bearer' },
  );
}

/** The code of an error made by the functions above; INTERNAL_SERVER_ERROR for any other error. */
export function codeOfError(error: unknown): ErrorCode {
  const code = error instanceof GraphQLError ? apiCodeOf(error.extensions['code']) : undefined;
  return code ?? 'INTERNAL_SERVER_ERROR';
}

/** Maps the error codes of Apollo Server to the codes of this API. */
const APOLLO_CODES: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
};

/** Codes of this API that Apollo Server does not use. */
const OWN_CODES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'NOT_FOUND',
  'AMBIGUOUS_ID',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
]);

/** Stands for the errors that a response leaves out, whose code it has. */
export class MoreErrors extends GraphQLError {
  constructor(count: number, code: ErrorCode) {
    super(`There are ${count} more errors. Correct these first, or ask for fewer items at once to see all.`, {
      extensions: { code },
    });
  }
}

/** The answer of an operation could not become text, which is a bug in the gateway. The log has the request ID. */
export class UnwritableAnswer extends GraphQLError {
  constructor(requestId: string) {
    super(DEFECT_MESSAGE, { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } });
  }
}

/**
 * Formats every error of a GraphQL response. Expected failures keep their message and code. Anything else is a bug in
 * the gateway: the client gets INTERNAL_SERVER_ERROR without details.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof MoreErrors || cause instanceof UnwritableAnswer) return cause.toJSON();
  const position = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  const known = knownFailure(cause);
  if (known !== null) return { message: known.message, ...position, extensions: { code: known.code } };
  const code = codeOfCause(cause, formatted.extensions);
  if (code !== undefined) {
    const { limited, limit, estimate } = formatted.extensions ?? {};
    const excess = limited === undefined ? {} : { limited, limit, estimate };
    return { message: messageOf(formatted), ...position, extensions: { code, ...excess } };
  }
  return { message: DEFECT_MESSAGE, ...position, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** The code that `formatError` gives an error. */
export function formattedCodeOf(error: GraphQLError): ErrorCode {
  const cause = unwrapResolverError(error);
  return knownFailure(cause)?.code ?? codeOfCause(cause, error.extensions) ?? 'INTERNAL_SERVER_ERROR';
}

/** @returns `undefined` for a bug in the gateway */
function codeOfCause(cause: unknown, extensions: GraphQLFormattedError['extensions']): ErrorCode | undefined {
  return (
    inputErrorIn(cause) ??
    apiCodeOf(extensions?.['code']) ??
    (isRequestError(cause) ? 'BAD_USER_INPUT' : undefined)
  );
}

/** What a client is told of a failure. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What `formatError` would tell a client of an error, for failures that are part of a response's data. */
export function failureOf(error: unknown): Failure {
  const known = knownFailure(error);
  if (known !== null) return known;
  const code = codeOfError(error);
  return code === 'INTERNAL_SERVER_ERROR' || !(error instanceof Error)
    ? { code: 'INTERNAL_SERVER_ERROR', message: DEFECT_MESSAGE }
    : { code, message: truncated(error.message) };
}

/** The failures of the directory and of the storage, of which clients are told. */
function knownFailure(cause: unknown): Failure | null {
  if (cause instanceof DirectoryError) return { code: cause.code, message: cause.message };
  if (!(cause instanceof StorageError)) return null;
  return { code: 'STORAGE_UNAVAILABLE', message: storageMessage(cause) };
}

/** The code of an error that a scalar threw during validation. Apollo Server replaces it by that of all such errors. */
function inputErrorIn(cause: unknown): ErrorCode | undefined {
  if (!(cause instanceof GraphQLError) || cause.path !== undefined) return undefined;
  const { originalError } = cause;
  return originalError instanceof GraphQLError && originalError.extensions['code'] === 'BAD_USER_INPUT'
    ? 'BAD_USER_INPUT'
    : undefined;
}

/** The cause of an error that is a bug in the gateway; `null` for an error that clients are told about. */
export function defectOf(error: GraphQLError): unknown {
  const cause = unwrapResolverError(error);
  if (knownFailure(cause) !== null || apiCodeOf(error.extensions['code']) !== undefined) return null;
  return isRequestError(cause) ? null : cause;
}

/** Whether graphql-js or Apollo Server rejected the request. Such errors have no code, path or original error. */
function isRequestError(cause: unknown): boolean {
  return (
    cause instanceof GraphQLError &&
    cause.extensions['code'] === undefined &&
    cause.path === undefined &&
    cause.originalError === undefined
  );
}

/** Replaces library messages that do not tell clients what to do. */
function messageOf({ message, extensions }: GraphQLFormattedError): string {
  if (extensions?.['validationErrorCode'] === 'INTROSPECTION_DISABLED') {
    return 'Introspection is switched off on this gateway.';
  }
  // Thrown when graphql-js gives up comparing repeated fields, or variables of many operations.
  if (message === 'Validation aborted.') {
    return 'The operation takes too long to validate; remove repeated fields, or split it.';
  }
  return truncated(message);
}

/** Library messages can contain the client's whole input. */
function truncated(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()} …` : text;
}

function apiCodeOf(code: unknown): ErrorCode | undefined {
  return OWN_CODES.has(code) ? (code as ErrorCode) : APOLLO_CODES[String(code)];
}
