import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem, ProblemKind } from '../app/problem.js';
import { useFormat, useTexts } from '../texts/index.js';
import { Name } from './name.js';
import { Notice } from './notice.js';

interface ProblemNoticeProps {
  readonly problem: Problem;
  /** Tries again. Called by itself when the gateway said how long to wait. */
  readonly onRetry?: () => void;
  /** Whether only a person may try again: what changes something, or was asked for once, is not sent again by itself. */
  readonly isManual?: boolean;
}

/** Kinds for which the words of the gateway add nothing. */
const SELF_EXPLAINING: ReadonlySet<ProblemKind> = new Set([
  'offline',
  'gone',
  'rateLimited',
  'stopping',
  'tooLong',
  'signedOut',
]);

/** Kinds that pass after a while, which the gateway tells. */
const WAITING: ReadonlySet<ProblemKind> = new Set(['rateLimited', 'stopping']);

/** Says why something did not work, what to do, and offers to try again. */
export function ProblemNotice({ problem, onRetry, isManual = false }: ProblemNoticeProps) {
  const { problems, parts } = useTexts();
  const format = useFormat();
  const isWaiting = WAITING.has(problem.kind);
  const { title, remedy } = problems[problem.kind];
  const byHand: Partial<Record<ProblemKind, string>> = problems.byHand;
  const isAutomatic = onRetry !== undefined && !isManual && (!isWaiting || problem.retryAfterS !== null);
  const seconds = useCountdown(problem, isAutomatic && isWaiting ? onRetry : undefined);
  return (
    <Notice kind={isWaiting ? 'warn' : 'bad'} title={title}>
      <p>{isAutomatic ? remedy : (byHand[problem.kind] ?? remedy)}</p>
      {problem.message !== null && !SELF_EXPLAINING.has(problem.kind) && (
        <p class="notice-detail">
          {problems.details}:{' '}
          <span lang="en">
            <Name text={problem.message} />
          </span>
        </p>
      )}
      {onRetry !== undefined && (
        <p class="notice-actions">
          <button type="button" class="button" onClick={onRetry}>
            {parts.retry}
          </button>
          {seconds !== null && <span class="muted">{parts.retryIn(format.number(seconds))}</span>}
        </p>
      )}
    </Notice>
  );
}

/**
 * Counts down to the next attempt, and makes it.
 *
 * @param onRetry `undefined`: nothing is counted
 * @returns seconds left; `null` if nothing is counted
 */
function useCountdown(problem: Problem, onRetry: (() => void) | undefined): number | null {
  const wait = onRetry === undefined ? null : problem.retryAfterS;
  const [left, setLeft] = useState(wait);
  // What is tried again may have changed while it was waited for.
  const latest = useRef(onRetry);
  latest.current = onRetry;
  useEffect(() => {
    setLeft(wait);
    if (wait === null) return;
    const end = performance.now() + wait * 1_000;
    const timer = setInterval(() => {
      const seconds = Math.ceil((end - performance.now()) / 1_000);
      setLeft(Math.max(0, seconds));
      if (seconds > 0) return;
      clearInterval(timer);
      latest.current?.();
    }, 500);
    return () => clearInterval(timer);
  }, [problem, wait]);
  return left;
}
