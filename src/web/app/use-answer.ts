import { useQuery, type AnyVariables, type TypedDocumentNode } from '@urql/preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { useApp } from './app-context.js';
import { problemOf, type Problem } from './problem.js';
import { useStore } from './store.js';

/** What a view knows of the answer to its question. */
export interface Answer<T> {
  /** The answer; what was answered before while a new one is awaited, or where none comes. `null`: none yet. */
  readonly data: T | null;
  /** Whether a question is under way, also behind data that are shown. */
  readonly isLoading: boolean;
  /** Whether the data answer an earlier question, with other variables. */
  readonly isEarlier: boolean;
  /** Why there is no answer, or why a part of it is missing. */
  readonly problem: Problem | null;
  /** Asks again. */
  readonly refresh: () => void;
}

/**
 * Asks the gateway, and asks again when it is back after it could not be reached.
 *
 * @param isPaused asks nothing while it is true, for example while nothing is typed
 */
export function useAnswer<T, V extends AnyVariables>(
  document: TypedDocumentNode<T, V>,
  variables: V,
  { isPaused = false }: { readonly isPaused?: boolean } = {},
): Answer<T> {
  const { connection } = useApp();
  const returns = useStore(connection.returns);
  const [result, execute] = useQuery({ query: document, variables, pause: isPaused });
  // What was begun with an earlier question, such as a change, asks the present one again when it is done.
  const latest = useRef(execute);
  latest.current = execute;
  const refresh = useCallback((): void => latest.current({ requestPolicy: 'network-only' }), []);

  const hasFailed = result.error !== undefined;
  const seen = useRef(returns);
  useEffect(() => {
    if (seen.current !== returns && hasFailed && !isPaused) refresh();
    seen.current = returns;
  }, [returns, hasFailed, isPaused]);

  const asked = JSON.stringify(variables);
  // While an answer is awaited, the result is still that of the operation before.
  const answered = result.operation === undefined ? null : JSON.stringify(result.operation.variables);
  const last = useRef<{ readonly to: string | null; readonly data: T } | null>(null);
  if (result.data !== undefined && result.data !== null) last.current = { to: answered, data: result.data };
  const { error } = result;
  // One problem for each refusal, also if the gateway says the same again.
  const problem = useMemo(() => (error === undefined ? null : problemOf(error)), [error]);
  return {
    data: last.current?.data ?? null,
    isLoading: !isPaused && (result.fetching || result.stale),
    isEarlier: last.current !== null && last.current.to !== asked,
    problem: answered === asked ? problem : null,
    refresh,
  };
}
