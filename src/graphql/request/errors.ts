import { HeaderMap } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DirectoryError, type DirectoryErrorCode } from '../../directory/index.js';
import type { Excess } from '../limits/document-limits.js';

/** `extensions.code` of an error: always one of these. */
export type ErrorCode =
  | DirectoryErrorCode
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'QUERY_TOO_COMPLEX'
  | 'RATE_LIMITED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'INTERNAL_SERVER_ERROR';

/** In characters. */
const MAX_MESSAGE_LENGTH = 1_000;

/** An error for the client, with its code. */
export function gatewayError(code: ErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/** The same where a whole request is refused: Apollo Server answers with this HTTP status and these headers. */
export function refusal(
  code: ErrorCode,
  message: string,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): GraphQLError {
  const http = { status, headers: new HeaderMap(Object.entries(headers)) };
  return new GraphQLError(message, { extensions: { code, http } });
}

/** What a request without a caller is told. */
export function unauthenticated(): GraphQLError {
  return refusal(
    'UNAUTHENTICATED',
    'This needs a key: send it as x-api-key, or as authorization: Bearer KEY.',
    401,
    { 'www-authenticate': 'Bearer' },
  );
}

/** The code of an error that one of these functions made; of any other, the code of a defect. */
export function codeOfError(error: unknown): ErrorCode {
  const code = error instanceof GraphQLError ? codeOf(error.extensions['code']) : undefined;
  return code ?? 'INTERNAL_SERVER_ERROR';
}

const EXCESS_MESSAGES: Readonly<Record<Excess['limited'], string>> = {
  tokens: 'The operation is too long; ask for less at once.',
  depth: 'The operation asks for fields too many levels deep; split it.',
  nesting: 'The operation has fragments, lists or objects nested too deeply; split it.',
  aliases: 'The operation has too many aliases; look up many IDs with segments(ids:) or segmentsByKey.',
  rootFields:
    'The operation has too many fields at its top level; look up many IDs with segments(ids:) or segmentsByKey.',
  repeats: 'The operation asks for the same field too often in one place; once is enough.',
  directives: 'The operation has too many directives; leave some out.',
  ids: 'The operation looks up too many IDs; split them over several requests.',
  cost: 'The answer could become too large: the lengths of lists inside lists multiply; ask for fewer at once.',
};

/** An operation that goes beyond a limit, with the limit and how far it was reckoned to go. */
export function excessError({ limited, limit, estimate }: Excess): GraphQLError {
  const message = `${EXCESS_MESSAGES[limited]} (${limited}: ${estimate}, at most ${limit})`;
  return new GraphQLError(message, {
    extensions: { code: 'QUERY_TOO_COMPLEX', limited, limit, estimate, http: { status: 400 } },
  });
}

/** Codes that Apollo Server gives to errors of its own, in the terms of this API. */
const APOLLO_CODES: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
};

/** Codes that our own errors carry when Apollo Server has not touched them. */
const OWN_CODES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'NOT_FOUND',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
]);

/**
 * The one place where errors turn into answers: known failures keep their message and get their code,
 * anything else is a defect of which the client learns nothing.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  if (cause instanceof DirectoryError) {
    return { message: cause.message, ...place, extensions: { code: cause.code } };
  }
  const code = codeOf(formatted.extensions?.['code']) ?? (isComplaint(cause) ? 'BAD_USER_INPUT' : undefined);
  if (code !== undefined) {
    const { limited, limit, estimate } = formatted.extensions ?? {};
    const excess = limited === undefined ? {} : { limited, limit, estimate };
    return { message: messageOf(formatted), ...place, extensions: { code, ...excess } };
  }
  return {
    message: 'Something went wrong inside the gateway; its log has the details.',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/** What went wrong inside the gateway, or `null` where an error is one that clients are told about. */
export function defectOf(error: GraphQLError): unknown {
  const cause = unwrapResolverError(error);
  if (cause instanceof DirectoryError || codeOf(error.extensions['code']) !== undefined) return null;
  return isComplaint(cause) ? null : cause;
}

/** GraphQL's and Apollo Server's own complaints about a request have no cause beside themselves. */
function isComplaint(cause: unknown): boolean {
  return (
    cause instanceof GraphQLError &&
    cause.extensions['code'] === undefined &&
    cause.path === undefined &&
    cause.originalError === undefined
  );
}

/** In words for those who send requests, where the library's are for those who built the server, or for nobody. */
function messageOf({ message, extensions }: GraphQLFormattedError): string {
  if (extensions?.['validationErrorCode'] === 'INTROSPECTION_DISABLED') {
    return 'The schema is not told here: introspection is switched off.';
  }
  // Comparing fields that repeat, or variables of many operations, would take too long.
  if (message === 'Validation aborted.') {
    return 'The operation takes too long to check; leave out what repeats, or split it.';
  }
  return shortened(message);
}

/** Libraries repeat in full what was sent. */
function shortened(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()} …` : text;
}

function codeOf(given: unknown): ErrorCode | undefined {
  return OWN_CODES.has(given) ? (given as ErrorCode) : APOLLO_CODES[String(given)];
}
