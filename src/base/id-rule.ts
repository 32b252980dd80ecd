/** Maximum length of an ID that is looked up, in characters. Real identifiers are much shorter. */
export const MAX_ID_LENGTH = 1_000;

const CONTROL_CHARACTER = /\p{Cc}/u;

/** Whether a text has a control character (C0, DEL or C1), which no ID has. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL_CHARACTER.test(text);
}

/** Whether a text can be looked up as an ID: everything that takes IDs has this rule. */
export function mayBeId(text: string): boolean {
  return text !== '' && text.length <= MAX_ID_LENGTH && !hasControlCharacter(text);
}
