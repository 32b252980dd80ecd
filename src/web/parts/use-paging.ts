import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { useAddress } from '../app/address.js';

/** What of an address says which page of a list is shown. Whatever changes the list leads to its first page. */
export const FIRST_PAGE = { after: null, from: null } as const;

/** The pages of a list, which page is shown is in the address. */
export interface Paging {
  /** The place in the list after which the page begins, as the gateway has named it; `null`: it is the first page. */
  readonly after: string | null;
  /** Number of items on the pages before. */
  readonly before: number;
  /** What surrounds the list, to be given `tabIndex={-1}`: after going to another page, people are at its top. */
  readonly list: RefObject<HTMLDivElement | null>;
  /** Goes to the next page. @param shown number of items on this one */
  readonly next: (endCursor: string | null, shown: number) => void;
  /** Goes to the first page. */
  readonly first: () => void;
}

/** Keeps the page of a list in the address. The browser's button for going back leads to the page before. */
export function usePaging(): Paging {
  const { query, setQuery } = useAddress();
  const list = useRef<HTMLDivElement>(null);
  const after = query['after'] ?? null;
  const before = after === null ? 0 : countIn(query['from']);
  const go = (page: { readonly after: string | null; readonly from: string | null }): void => {
    setQuery(page, true);
    const top = list.current?.getBoundingClientRect().top ?? 0;
    if (top < 0) list.current?.scrollIntoView({ block: 'start' });
    // The button that was pressed may be gone on the other page.
    list.current?.focus({ preventScroll: true });
  };
  return {
    after,
    before,
    list,
    next: (endCursor, shown) => go({ after: endCursor, from: String(before + shown) }),
    first: () => go(FIRST_PAGE),
  };
}

function countIn(text: string | undefined): number {
  const count = Number(text ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
