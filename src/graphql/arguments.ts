import type { GraphQLError } from 'graphql';
import type { LimitsConfig } from '../config/index.js';
import { gatewayError } from './request/errors.js';

/** Far beyond any identifier of AAM's or a customer's; what is longer is a mistake, not an ID. */
const MAX_ID_LENGTH = 1_000;
const MAX_TEXT_LENGTH = 1_000;

const CONTROL_CHARACTER = /\p{Cc}/u;

/** What is wrong with an ID, or `null`. `name` is the argument, as the client knows it. */
export function idMistake(name: string, id: string): GraphQLError | null {
  if (id === '') return gatewayError('BAD_USER_INPUT', `${name} is empty; give an ID.`);
  if (id.length > MAX_ID_LENGTH) {
    return gatewayError(
      'BAD_USER_INPUT',
      `${name} is ${id.length} characters long; an ID has ${MAX_ID_LENGTH} at most.`,
    );
  }
  if (CONTROL_CHARACTER.test(id)) {
    return gatewayError(
      'BAD_USER_INPUT',
      `${name} holds a control character, such as a line break; IDs have none.`,
    );
  }
  return null;
}

/** @throws GraphQLError BAD_USER_INPUT */
export function checkId(name: string, id: string): void {
  const mistake = idMistake(name, id);
  if (mistake !== null) throw mistake;
}

/** @throws GraphQLError BAD_USER_INPUT */
export function checkFirst(first: number, limits: Pick<LimitsConfig, 'first'>): void {
  if (first >= 0 && first <= limits.first) return;
  throw gatewayError(
    'BAD_USER_INPUT',
    `first is ${first}; it can be 0 to ${limits.first}. Use after for further pages.`,
  );
}

/** @throws GraphQLError BAD_USER_INPUT */
export function checkText(name: string, text: string | null | undefined): void {
  if (text === null || text === undefined || text.length <= MAX_TEXT_LENGTH) return;
  throw gatewayError(
    'BAD_USER_INPUT',
    `${name} is ${text.length} characters long; a search text has ${MAX_TEXT_LENGTH} at most.`,
  );
}
