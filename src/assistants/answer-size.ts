import { printable } from '../base/printable.js';

/** Maximum length of a tool's answer, in characters of JSON. An assistant gets it twice, and keeps it while it goes on. */
export const MAX_ANSWER = 64 * 1024;

/** What the rest of an answer takes at most, in characters: names of fields, cursors and the like. */
const REST = 2 * 1024;

/** Characters that nobody sees, in which a name can hide text from the assistant's user. Emoji and some scripts need a few of them. */
const INVISIBLE = /[\p{Cf}\p{Variation_Selector}]/gu;

/**
 * The text of an answer. It is escaped as JSON does, so that nothing in a name hides, or changes how a terminal or an assistant's user
 * sees what is around it.
 */
export function textOf(answer: object): string {
  return printable(JSON.stringify(answer)).replaceAll(INVISIBLE, (found) =>
    found.split('').map(escapeOf).join(''),
  );
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** How much of an answer is left for its items. */
export class AnswerSize {
  #left: number;
  #isEmpty = true;

  /** @param taken what is in the answer in any case */
  constructor(taken: object = {}) {
    this.#left = MAX_ANSWER - REST - textOf(taken).length;
  }

  /**
   * Takes space for an item, unless none is left. The first item always gets some, so that there is one on each page; after one that
   * has got none, no other one does, so that none is missing in between.
   */
  takes(item: object): boolean {
    return this.takesLength(textOf(item).length + 1);
  }

  /** As `takes`, for an item of which a part is in the answer in any case. @param length of the other part, in characters */
  takesLength(length: number): boolean {
    this.#left -= length;
    const fits = this.#left >= 0 || this.#isEmpty;
    this.#isEmpty = false;
    if (!fits) this.#left = -1;
    return fits;
  }
}

/** A page of the API whose items have been shaped for an answer. */
interface Page<T> {
  readonly items: readonly { readonly cursor: string; readonly item: T }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The beginning of a page that an answer has room for. What is left out is on the next page. */
export function fitPage<T extends object>(
  { items, pageInfo }: Page<T>,
  size: AnswerSize,
): { readonly items: T[]; readonly hasMore: boolean; readonly endCursor: string | null } {
  const fitting = items.filter(({ item }) => size.takes(item));
  const isCut = fitting.length < items.length;
  return {
    items: fitting.map(({ item }) => item),
    hasMore: isCut || pageInfo.hasNextPage,
    endCursor: isCut ? (fitting.at(-1)?.cursor ?? null) : pageInfo.endCursor,
  };
}
