import { fetch, type Dispatcher } from 'undici';

/** A `fetch` function that uses `dispatcher`, for libraries that accept one. */
export function fetchBy(dispatcher: Dispatcher): typeof globalThis.fetch {
  // undici's fetch instead of the global one, whose version may not match this dispatcher.
  const own = fetch as unknown as (input: unknown, init: unknown) => Promise<Response>;
  return (input, init) => own(input, { ...init, dispatcher });
}
