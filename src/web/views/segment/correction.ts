import type { SegmentSetMutationVariables, SegmentStatus } from '../../generated/operations.js';
import type { SegmentData } from './segment-data.js';

/** What is typed into the form. */
export interface Draft {
  readonly name: string;
  readonly description: string;
  /** `''`: as Audience Manager says. */
  readonly status: SegmentStatus | '';
}

/** The most characters that the gateway takes. */
export const LONGEST = { name: 1_000, description: 10_000 } as const;

/** What is wrong with a text. */
export type TextMistake = 'control' | 'tooLong';

/** A control character, but tabs and line breaks. */
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

/** Characters that show nothing, also all together. */
const NOTHING = /^[\s\p{Cf}]*$/u;

/** What the form begins with. */
export function draftOf(segment: SegmentData | null): Draft {
  if (segment === null) return { name: '', description: '', status: 'ACTIVE' };
  const { name, description, status, source, listed } = segment;
  const isListed = source === 'AUDIENCE_MANAGER' || listed?.status === status;
  return { name: name ?? '', description: description ?? '', status: isListed ? '' : status };
}

/** What is changed of a segment: only what was changed in the form. Something empty takes away what was given by hand. */
export type Correction = Omit<SegmentSetMutationVariables, 'key'>;

/** What a form changes. @param before what it began with */
export function correctionOf(draft: Draft, before: Draft): Correction {
  return {
    ...(draft.name === before.name ? {} : { name: textOf(draft.name) }),
    ...(draft.description === before.description ? {} : { description: textOf(draft.description) }),
    ...(draft.status === before.status ? {} : { status: draft.status === '' ? null : draft.status }),
  };
}

/** What is wrong with a text that was typed; `null`: nothing. */
export function mistakeIn(text: string, longest: number): TextMistake | null {
  if (CONTROL.test(text)) return 'control';
  return Array.from(text).length > longest ? 'tooLong' : null;
}

function textOf(text: string): string | null {
  return NOTHING.test(text) ? null : text;
}
