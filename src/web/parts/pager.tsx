import { useFormat, useTexts } from '../texts/index.js';
import type { Paging } from './use-paging.js';

interface PagerProps {
  readonly paging: Paging;
  /** Number of items on this page. */
  readonly shown: number;
  readonly total: number;
  readonly hasNext: boolean;
  /** The place of the last item on this page; `null`: there is none. */
  readonly endCursor: string | null;
}

/** Leads through the pages of a list. */
export function Pager({ paging, shown, total, hasNext, endCursor }: PagerProps) {
  const { pager } = useTexts().parts;
  const format = useFormat();
  const { before } = paging;
  const first = format.number(shown === 0 ? 0 : before + 1);
  return (
    <nav class="pager" aria-label={pager.label}>
      <span role="status">{pager.range(first, format.number(before + shown), format.number(total))}</span>
      {paging.after !== null && (
        <button type="button" class="button" onClick={paging.first}>
          {pager.first}
        </button>
      )}
      {hasNext && (
        <button type="button" class="button" onClick={() => paging.next(endCursor, shown)}>
          {pager.next}
        </button>
      )}
    </nav>
  );
}
