import { STATUS_CODES } from 'node:http';

/** A response of the simulator: a value to serialize as JSON, or a text or bytes to send unchanged. */
export type SimulatorResponse = JsonResponse | TextResponse;

export const JSON_CONTENT_TYPE = 'application/json;charset=UTF-8';

/** A response with a JSON body. */
interface JsonResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json: unknown;
}

/** A response whose body is sent unchanged. */
interface TextResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string | Buffer;
  readonly contentType: string;
}

/** Thrown for a request that is answered with an HTTP error; `responseOfError` converts it to a response. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.headers = headers;
  }
}

/** A call with an x-api-key that Adobe's API gateway does not know. */
export class ApiKeyError extends HttpError {
  constructor() {
    super(403, 'Api Key is invalid');
    this.name = 'ApiKeyError';
  }
}

/** A call without a valid access token (RFC 6750, section 3). */
export class UnauthorizedError extends HttpError {
  /** The error code of OAuth2. */
  readonly error: string;

  constructor(error: string, description: string) {
    super(401, description, {
      'www-authenticate': `Bearer realm="oauth", error="${error}", error_description="${description}"`,
    });
    this.name = 'UnauthorizedError';
    this.error = error;
  }
}

/** An error response of the REST API, with a JSON body. */
export function jsonError(
  status: number,
  message = STATUS_CODES[status] ?? 'Unknown',
  headers: Readonly<Record<string, string>> = {},
): JsonResponse {
  const code = (STATUS_CODES[status] ?? 'Unknown').toUpperCase().replaceAll(/[^A-Z]+/g, '_');
  return { status, headers, json: { code, message } };
}

/** An HTML error page, as proxies in front of the API send it. */
export function htmlError(status: number, headers: Readonly<Record<string, string>> = {}): TextResponse {
  const title = `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
  const text = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers, text, contentType: 'text/html' };
}

/** An OAuth2 error response of a token endpoint (RFC 6749, section 5.2). */
export function oauthError(status: number, error: string, description: string): JsonResponse {
  return {
    status,
    headers: { 'cache-control': 'no-store' },
    json: { error, error_description: description },
  };
}

/** Converts a thrown error to a response. Errors that are not an `HttpError` become status 500. */
export function responseOfError(error: unknown): JsonResponse {
  if (!(error instanceof HttpError)) return jsonError(500, String(error));
  if (error instanceof ApiKeyError) {
    return { status: error.status, json: { error_code: '403003', message: error.message } };
  }
  if (!(error instanceof UnauthorizedError)) return jsonError(error.status, error.message, error.headers);
  const { status, headers, message } = error;
  return { status, headers, json: { error: error.error, error_description: message } };
}
