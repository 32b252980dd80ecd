import type { GraphQLError } from 'graphql';
import { hasControlCharacter, MAX_ID_LENGTH } from '../base/id-rule.js';
import { searchTerms } from '../base/text.js';
import type { LimitsConfig } from '../config/index.js';
import { gatewayError } from './request/errors.js';

/** Maximum length of a search text, in characters: the longest words, and what separates them. */
const MAX_TEXT_LENGTH = 2_500;

/** Maximum number of different words in a search text. */
const MAX_TERMS = 10;

/** Maximum length of a word in a search text, in characters. */
const MAX_TERM_LENGTH = 200;

/**
 * Checks an ID.
 *
 * @param name the argument's name in the error message
 * @returns a BAD_USER_INPUT error, or `null` if the ID is well-formed
 */
export function idMistake(name: string, id: string): GraphQLError | null {
  if (id === '') return gatewayError('BAD_USER_INPUT', `${name} is empty; give an ID.`);
  if (id.length > MAX_ID_LENGTH) {
    return gatewayError(
      'BAD_USER_INPUT',
      `${name} is ${id.length} characters long; the maximum for an ID is ${MAX_ID_LENGTH}.`,
    );
  }
  if (hasControlCharacter(id)) {
    return gatewayError(
      'BAD_USER_INPUT',
      `${name} contains a control character, such as a line break; remove it.`,
    );
  }
  return null;
}

/**
 * An ID as answers repeat it. One that is too long is cut, because a short request can name a long text many times; nothing has
 * such an ID.
 */
export function repeatedId(id: string): string {
  return id.length > MAX_ID_LENGTH ? id.slice(0, MAX_ID_LENGTH).toWellFormed() : id;
}

/** @throws GraphQLError BAD_USER_INPUT if the ID is malformed */
export function checkId(name: string, id: string): void {
  const mistake = idMistake(name, id);
  if (mistake !== null) throw mistake;
}

/** Checks the page size. @throws GraphQLError BAD_USER_INPUT */
export function checkFirst(first: number, limits: Pick<LimitsConfig, 'first'>): void {
  if (first >= 0 && first <= limits.first) return;
  throw gatewayError(
    'BAD_USER_INPUT',
    `first is ${first}; it must be 0 to ${limits.first}. Use after to get further pages.`,
  );
}

/** Maximum number of days whose changes are counted. */
export const MAX_DAYS = 400;

/** Checks a number of days. @throws GraphQLError BAD_USER_INPUT */
export function checkDays(days: number): void {
  if (days >= 1 && days <= MAX_DAYS) return;
  throw gatewayError('BAD_USER_INPUT', `days is ${days}; it must be 1 to ${MAX_DAYS}.`);
}

/** Checks a search text: its length, and number and length of its words. @throws GraphQLError BAD_USER_INPUT */
export function checkSearchText(name: string, text: string | null | undefined): void {
  if (text === null || text === undefined) return;
  if (text.length > MAX_TEXT_LENGTH) {
    throw gatewayError(
      'BAD_USER_INPUT',
      `${name} is ${text.length} characters long; the maximum for a search text is ${MAX_TEXT_LENGTH}.`,
    );
  }
  const terms = new Set(searchTerms(text));
  if (terms.size > MAX_TERMS) {
    throw gatewayError(
      'BAD_USER_INPUT',
      `${name} has ${terms.size} different words; the maximum is ${MAX_TERMS}. Leave out the shortest ones.`,
    );
  }
  const longest = Math.max(0, ...Array.from(terms, (term) => term.length));
  if (longest > MAX_TERM_LENGTH) {
    throw gatewayError(
      'BAD_USER_INPUT',
      `${name} has a word of ${longest} characters; the maximum is ${MAX_TERM_LENGTH}. Shorten it.`,
    );
  }
}
