import { createHmac } from 'node:crypto';

/** How messages are signed. Source: "Digitally signed HTTP(S) requests". */
export interface MessageSignature {
  /** Name of the header that holds the signature. */
  readonly header: string;
  readonly algorithm: 'sha1' | 'sha256';
  readonly secret: string;
}

/** Where messages are sent. */
export interface MessageTarget {
  readonly url: string;
  /** Sent besides the content type. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: not signed. */
  readonly signature?: MessageSignature | null;
  /** How long an answer may take, in milliseconds. Default 3,000. */
  readonly timeoutMs?: number;
}

/** What became of a message. */
export interface SentMessage {
  /** Status of the last answer; `null`: none came. */
  readonly status: number | null;
  /** Body of the last answer; of a message without an answer, why none came. */
  readonly answer: string;
  /** 1, or 2 if it was repeated. */
  readonly attempts: number;
  /** Time until the last answer, from the beginning of its attempt. */
  readonly milliseconds: number;
}

// Source: "Real-time outbound data transfers", required responses.
const DEFAULT_TIMEOUT_MS = 3_000;
const MAX_ATTEMPTS = 2;

/** Sends a message. It is repeated once, unless it is answered with 200 in time. */
export async function sendMessage(message: string, target: MessageTarget): Promise<SentMessage> {
  const { url, headers = {}, signature = null, timeoutMs = DEFAULT_TIMEOUT_MS } = target;
  const signed = signature === null ? {} : { [signature.header]: signatureOf(message, signature) };
  for (let attempts = 1; ; attempts++) {
    const started = performance.now();
    const { status, answer } = await post(
      url,
      message,
      { 'content-type': 'application/json', ...headers, ...signed },
      timeoutMs,
    );
    const milliseconds = Math.round(performance.now() - started);
    if (status === 200 || attempts === MAX_ATTEMPTS) return { status, answer, attempts, milliseconds };
  }
}

/** Base64 of the HMAC of a message's bytes. */
export function signatureOf(
  message: string,
  { algorithm, secret }: Omit<MessageSignature, 'header'>,
): string {
  return createHmac(algorithm, secret).update(message, 'utf8').digest('base64');
}

async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Pick<SentMessage, 'status' | 'answer'>> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' });
    return { status: response.status, answer: await response.text() };
  } catch (error) {
    return { status: null, answer: reasonOf(error, timeoutMs) };
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return String(cause);
}
