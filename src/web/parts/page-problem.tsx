import type { Problem } from '../app/problem.js';
import { useTexts } from '../texts/index.js';
import { Notice } from './notice.js';
import { ProblemNotice } from './problem-notice.js';
import type { Paging } from './use-paging.js';

interface PageProblemProps {
  readonly problem: Problem;
  readonly paging: Paging;
  readonly onRetry: () => void;
}

/** Says why a page of a list cannot be shown. From a page that the gateway does not know (any more), leads to the first one. */
export function PageProblem({ problem, paging, onRetry }: PageProblemProps) {
  const { pager } = useTexts().parts;
  if (problem.kind !== 'input' || paging.after === null)
    return <ProblemNotice problem={problem} onRetry={onRetry} />;
  return (
    <Notice kind="warn" title={pager.lost.title}>
      <p>{pager.lost.text}</p>
      <p class="notice-actions">
        <button type="button" class="button" onClick={paging.first}>
          {pager.first}
        </button>
      </p>
    </Notice>
  );
}
