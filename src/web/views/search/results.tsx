import type { RefObject } from 'preact';
import type { SearchResultFragment } from '../../generated/operations.js';
import { useTexts } from '../../texts/index.js';
import { Result } from './result.js';

interface ResultsProps {
  readonly segments: readonly SearchResultFragment[];
  readonly words: readonly string[];
  /** Whether they answer an earlier question. */
  readonly isEarlier: boolean;
  /** The field that keys lead back to. */
  readonly field: RefObject<HTMLInputElement | null>;
  readonly list: RefObject<HTMLOListElement | null>;
}

/** The segments that were found. Arrow keys lead through them, and back to the field. */
export function Results({ segments, words, isEarlier, field, list }: ResultsProps) {
  const { search } = useTexts();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = linksIn(list);
    const at = links.findIndex((link) => link.closest('li')?.contains(event.target as Node) === true);
    const targets: Record<string, HTMLElement | null | undefined> = {
      ArrowDown: links[Math.min(at + 1, links.length - 1)],
      ArrowUp: at <= 0 ? field.current : links[at - 1],
      Home: links[0],
      End: links.at(-1),
      Escape: field.current,
    };
    const target = targets[event.key];
    if (target === null || target === undefined) return;
    event.preventDefault();
    target.focus();
    target.closest('li')?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div class="search-table" data-earlier={isEarlier}>
      <div class="search-head" aria-hidden="true">
        <span>{search.segment}</span>
        <span>{search.status}</span>
        <span>{search.destination}</span>
        <span>{search.freshness}</span>
      </div>
      <ol class="search-results" aria-label={search.results} ref={list} onKeyDown={onKeyDown}>
        {segments.map((segment) => (
          <Result key={segment.id} segment={segment} words={words} />
        ))}
      </ol>
    </div>
  );
}

/** Moves from the field to the first result. @returns whether there is one */
export function focusFirstResult(list: RefObject<HTMLOListElement | null>): boolean {
  const [first] = linksIn(list);
  first?.focus();
  return first !== undefined;
}

function linksIn(list: RefObject<HTMLOListElement | null>): HTMLElement[] {
  return [...(list.current?.querySelectorAll<HTMLElement>('[data-result]') ?? [])];
}
