import type { CombinedError } from '@urql/preact';

/** Why something did not work, by what a person can do about it. */
export type ProblemKind =
  /** This device has no network. */
  | 'offline'
  /** The gateway does not answer, for example because it is restarted. */
  | 'gone'
  /** Too many requests, or too much to do. It works again soon. */
  | 'rateLimited'
  /** The gateway is being stopped; another one, or the same after a restart, answers soon. */
  | 'stopping'
  /** An import took longer than an import may take. */
  | 'tooLong'
  /** The key is missing or wrong. */
  | 'signedOut'
  /** The caller may not do this. */
  | 'forbidden'
  /** There is no such thing, or none that the caller may see. */
  | 'notFound'
  /** What was entered is not possible. The gateway says why. */
  | 'input'
  /** What was sent is larger than the gateway, or a proxy in front of it, takes. */
  | 'tooLarge'
  /** An ID stands for several segments. */
  | 'ambiguous'
  /** Audience Manager refuses, or does not answer. */
  | 'upstream'
  /** The gateway's own database does not answer. */
  | 'storage'
  /** A defect of the gateway or of this page. */
  | 'defect';

/** Why something did not work. */
export interface Problem {
  readonly kind: ProblemKind;
  /** The error code of the API, such as `AAM_FORBIDDEN`. */
  readonly code: string | null;
  /** What the gateway says, in English. */
  readonly message: string | null;
  /** When to try again, if the gateway says that. */
  readonly retryAfterS: number | null;
}

/** Creates a problem that has no more to say than its kind. */
export function plainProblem(kind: ProblemKind): Problem {
  return { kind, code: null, message: null, retryAfterS: null };
}

/** Why an operation failed. */
export function problemOf(error: CombinedError): Problem {
  const [first] = error.graphQLErrors;
  const response = error.response as Response | undefined;
  if (first !== undefined) return problemOfCode(codeIn(first.extensions), first.message, response);
  return problemOfStatus(response ?? null, null);
}

/**
 * Why a request that is not GraphQL failed, such as `POST /import`.
 *
 * @param response `null`: there was none
 * @param body the parsed body of the response, if it has one
 */
export function problemOfResponse(response: Response | null, body: unknown): Problem {
  const [first] = errorsIn(body);
  if (first !== undefined)
    return problemOfCode(codeIn(first.extensions), first.message, response ?? undefined);
  return problemOfStatus(response, null);
}

/** Why a part of an answer is missing, by the code in it, such as that of `SyncError` or of `LookupError`. */
export function problemOfCode(code: string | null, message: string | null, response?: Response): Problem {
  const retryAfterS = response === undefined ? null : retryAfterOf(response);
  return { kind: kindOf(code, message), code, message, retryAfterS };
}

function problemOfStatus(response: Response | null, message: string | null): Problem {
  if (response === null) return plainProblem(navigator.onLine ? 'gone' : 'offline');
  const retryAfterS = retryAfterOf(response);
  const of = (kind: ProblemKind): Problem => ({ kind, code: null, message, retryAfterS });
  switch (response.status) {
    case 401:
      return of('signedOut');
    case 403:
      return of('forbidden');
    case 404:
      return of('notFound');
    case 413:
      return of('tooLarge');
    case 429:
      return of('rateLimited');
    case 502:
    case 504:
      return of('gone');
    case 503:
      return of(retryAfterS === null ? 'gone' : 'rateLimited');
    default:
      return of(response.status >= 500 ? 'defect' : 'input');
  }
}

/** What a person can do about an error code of the API. All others that begin with `AAM_` are Audience Manager's. */
const KINDS: Readonly<Record<string, ProblemKind>> = {
  RATE_LIMITED: 'rateLimited',
  IMPORT_TIMEOUT: 'tooLong',
  UNAUTHENTICATED: 'signedOut',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'notFound',
  AMBIGUOUS_ID: 'ambiguous',
  BAD_USER_INPUT: 'input',
  QUERY_TOO_COMPLEX: 'input',
  STORAGE_UNAVAILABLE: 'storage',
};

/** How the gateway says that it is being stopped: the code is that of a gateway that has too much to do. */
const STOPPING = /\bis being stopped\b/;

function kindOf(code: string | null, message: string | null): ProblemKind {
  if (code === 'RATE_LIMITED' && STOPPING.test(message ?? '')) return 'stopping';
  if (code?.startsWith('AAM_') === true) return 'upstream';
  return KINDS[code ?? ''] ?? 'defect';
}

function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

interface ApiError {
  readonly message: string;
  readonly extensions?: Record<string, unknown>;
}

function errorsIn(body: unknown): readonly ApiError[] {
  if (typeof body !== 'object' || body === null || !('errors' in body)) return [];
  const { errors } = body;
  return Array.isArray(errors) ? (errors as ApiError[]) : [];
}

function codeIn(extensions: Record<string, unknown> | undefined): string | null {
  const code = extensions?.['code'];
  return typeof code === 'string' ? code : null;
}
