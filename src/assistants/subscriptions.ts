import { METHOD_NOT_FOUND } from './json-rpc.js';

/** A request to be told when the list of tools changes. It never does. */
interface Subscription {
  readonly method: 'subscriptions/listen';
  readonly id: string | number;
}

/** An error of JSON-RPC that answers one message. */
interface Refusal {
  readonly jsonrpc: '2.0';
  readonly id: string | number;
  readonly error: { readonly code: number; readonly message: string };
}

/**
 * The answer to a message that asks for a subscription; `null` for any other message. The library of the protocol would call it a
 * failure of its own.
 */
export function refusedSubscription(message: unknown): Refusal | null {
  const { method, id } = (message ?? {}) as Partial<Subscription>;
  if (method !== 'subscriptions/listen' || (typeof id !== 'string' && typeof id !== 'number')) return null;
  const text = 'There are no subscriptions here: the list of tools never changes.';
  return { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message: text } };
}
