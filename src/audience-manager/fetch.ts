import type { Dispatcher, fetch as undiciFetch } from 'undici';

/**
 * Loads undici's `fetch`, which most gateways never need. What `fetchBy` makes loads it when it is called first; by then, a
 * new build may have replaced the files of a program that runs.
 */
export async function loadFetch(): Promise<typeof undiciFetch> {
  return (await import('undici')).fetch;
}

/** A `fetch` function that uses `dispatcher`, for libraries that accept one. */
export function fetchBy(dispatcher: Dispatcher): typeof globalThis.fetch {
  return async (input, init) => {
    // undici's fetch instead of the global one, whose version may not match this dispatcher.
    const own = (await loadFetch()) as unknown as (input: unknown, init: unknown) => Promise<Response>;
    return await own(input, { ...init, dispatcher });
  };
}
