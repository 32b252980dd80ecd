import { fetch, type Dispatcher } from 'undici';

/** `fetch` over the connections of `dispatcher`, for libraries that are given one. */
export function fetchBy(dispatcher: Dispatcher): typeof globalThis.fetch {
  // In all but its version the global one, which may be too old or too new for this dispatcher.
  const own = fetch as unknown as (input: unknown, init: unknown) => Promise<Response>;
  return (input, init) => own(input, { ...init, dispatcher });
}
