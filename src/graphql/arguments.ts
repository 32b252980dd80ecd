import type { GraphQLError } from 'graphql';
import type { LimitsConfig } from '../config/index.js';
import { gatewayError } from './request/errors.js';

/** Maximum length of an ID, in characters. Real identifiers are much shorter. */
const MAX_ID_LENGTH = 1_000;

/** Maximum length of a search text, in characters. */
const MAX_TEXT_LENGTH = 1_000;

const CONTROL_CHARACTER = /\p{Cc}/u;

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
  if (CONTROL_CHARACTER.test(id)) {
    return gatewayError(
      'BAD_USER_INPUT',
      `${name} contains a control character, such as a line break; remove it.`,
    );
  }
  return null;
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

/** Checks the length of a search text. @throws GraphQLError BAD_USER_INPUT */
export function checkSearchText(name: string, text: string | null | undefined): void {
  if (text === null || text === undefined || text.length <= MAX_TEXT_LENGTH) return;
  throw gatewayError(
    'BAD_USER_INPUT',
    `${name} is ${text.length} characters long; the maximum for a search text is ${MAX_TEXT_LENGTH}.`,
  );
}
