import { STATUS_CODES } from 'node:http';

/** What a request is answered with: a value to be written as JSON, or a text as it stands. */
export type Answer = JsonAnswer | TextAnswer;

export interface JsonAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json: unknown;
}

export interface TextAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
  readonly contentType: string;
}

/** A request that Audience Manager refuses; thrown where it is noticed, answered in one place. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.headers = headers;
  }
}

/** A call without a good access token (RFC 6750, section 3). */
export class Unauthorized extends Refusal {
  readonly error: string;

  constructor(error: string, description: string) {
    super(401, description, {
      'www-authenticate': `Bearer realm="oauth", error="${error}", error_description="${description}"`,
    });
    this.name = 'Unauthorized';
    this.error = error;
  }
}

/** The JSON body of an error that is not about authentication. */
export function errorAnswer(
  status: number,
  message = STATUS_CODES[status] ?? 'Unknown',
  headers: Readonly<Record<string, string>> = {},
): JsonAnswer {
  const code = (STATUS_CODES[status] ?? 'Unknown').toUpperCase().replaceAll(/[^A-Z]+/g, '_');
  return { status, headers, json: { code, message } };
}

/** An error page as a proxy in front of the API gives it. */
export function htmlAnswer(status: number, headers: Readonly<Record<string, string>> = {}): TextAnswer {
  const title = `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
  const text = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers, text, contentType: 'text/html' };
}

/** An OAuth2 error (RFC 6749, section 5.2). */
export function oauthError(status: number, error: string, description: string): JsonAnswer {
  return {
    status,
    headers: { 'cache-control': 'no-store' },
    json: { error, error_description: description },
  };
}

/** What a thrown error is answered with; one that is no refusal is a 500. */
export function refusalAnswer(error: unknown): JsonAnswer {
  if (!(error instanceof Refusal)) return errorAnswer(500, String(error));
  if (!(error instanceof Unauthorized)) return errorAnswer(error.status, error.message, error.headers);
  const { status, headers, message } = error;
  return { status, headers, json: { error: error.error, error_description: message } };
}
