import { texts } from './texts.js';

/** Why the explorer cannot do what it should, and so what to do. */
export type Trouble =
  /** The gateway asks for a key, or for another one. */
  | { readonly kind: 'key'; readonly wasRejected: boolean }
  /** The key may not read the schema. The message names the permission. */
  | { readonly kind: 'forbidden'; readonly message: string }
  /** The gateway gives nobody the schema, or its limits forbid the question. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterS: number }
  | { readonly kind: 'unreachable' };

/** What is wrong, in words. */
export function wordsOf(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'key':
      return trouble.wasRejected ? texts.key.rejected : texts.key.needed;
    case 'forbidden':
      return texts.schema.forbidden;
    case 'refused':
      return texts.schema.refused;
    case 'busy':
      return texts.busy(trouble.retryAfterS);
    case 'unreachable':
      return texts.unreachable;
  }
}

/** An answer of the gateway, as far as troubles are recognized by it. */
export interface Answer {
  readonly status: number;
  /** The header `retry-after`. */
  readonly retryAfter: string | null;
  /** The parsed body; `undefined` if it is not JSON. */
  readonly body: unknown;
}

/** Assumed for a busy gateway that does not say how long, in seconds. */
const USUAL_WAIT_S = 2;

/** What keeps the gateway from answering any request with this key. @returns `null` if it is nothing of that kind */
export function troubleOfCaller({ status, retryAfter }: Answer, hadKey: boolean): Trouble | null {
  if (status === 401) return { kind: 'key', wasRejected: hadKey };
  if (status === 429 || status === 503) {
    return { kind: 'busy', retryAfterS: Number(retryAfter ?? USUAL_WAIT_S) || USUAL_WAIT_S };
  }
  return null;
}

/** Whether the gateway has recognized the caller, although it may have refused the rest. */
export function isCallerKnown(trouble: Trouble | null): boolean {
  return trouble === null || trouble.kind === 'forbidden' || trouble.kind === 'refused';
}

/** What kept the gateway from giving its schema. @returns `null` if it gave it */
export function troubleOfSchema(answer: Answer, hadKey: boolean): Trouble | null {
  const trouble = troubleOfCaller(answer, hadKey);
  if (trouble !== null) return trouble;
  if (hasSchema(answer.body)) return null;
  const { message, code } = firstError(answer.body);
  if (code === 'FORBIDDEN') return { kind: 'forbidden', message };
  // Something else answers at this address, such as a proxy whose gateway is down.
  if (message === '') return { kind: 'unreachable' };
  return { kind: 'refused', message };
}

function hasSchema(body: unknown): boolean {
  return isRecord(body) && isRecord(body['data']) && isRecord(body['data']['__schema']);
}

function firstError(body: unknown): { readonly message: string; readonly code: unknown } {
  const errors = isRecord(body) ? body['errors'] : undefined;
  const error: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (!isRecord(error)) return { message: '', code: undefined };
  const { message, extensions } = error;
  return {
    message: typeof message === 'string' ? message : '',
    code: isRecord(extensions) ? extensions['code'] : undefined,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
