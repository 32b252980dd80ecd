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
  // Source of the code: JSON-RPC 2.0, section 5.1.
  return { jsonrpc: '2.0', id, error: { code: -32_601, message: text } };
}
