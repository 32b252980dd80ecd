import type { Segment, SegmentIdType } from '../../segments/index.js';
import type { DestinationKey } from '../../storage/index.js';
import { errorAbout, type DirectoryError } from '../errors.js';
import { mappingIdOf } from '../snapshot/manual-layer.js';
import type { Candidate } from './found.js';

/** Maximum number of segments that a message names. */
const MAX_NAMED = 5;

/** Maximum length of a name or identifier in a message, in characters. */
const MAX_TEXT_LENGTH = 60;

/** The error AMBIGUOUS_ID for an ID that stands for several segments. The message names them and the remedy. */
export function ambiguousIdError(
  key: DestinationKey,
  id: string,
  candidates: readonly Candidate[],
): DirectoryError {
  return errorAbout(key, 'AMBIGUOUS_ID', `The ${ambiguity(id, candidates)}. ${remedyFor(candidates)}`);
}

/**
 * What an ambiguous ID stands for, as a sentence without its article and full stop.
 *
 * @param candidates none: the sentence does not name the segments
 */
export function ambiguity(id: string, candidates: readonly Candidate[]): string {
  const named = candidates.slice(0, MAX_NAMED).map(descriptionOf);
  const others = candidates.length - named.length;
  const list = [...named, ...(others > 0 ? [`${others} more`] : [])].join('; ');
  return `ID ${quoted(id)} stands for several segments${list === '' ? '' : `: ${list}`}`;
}

/** As which kind an ID stands for a segment, and for which one. */
export function descriptionOf({ segment, idType }: Candidate): string {
  const kind = idType === 'AUTO' ? 'as an ID whose kind nobody stated' : `as ${idType}`;
  return `${kind}, ${nameOf(segment)}`;
}

/** A segment in a message: its mapping ID or manual entry, and its name. */
export function nameOf(segment: Segment): string {
  const mappingId = mappingIdOf(segment);
  const place = mappingId === null ? `the manual entry ${quoted(segment.id)}` : `mapping ${mappingId}`;
  return segment.name === null ? `${place} without a name` : `${place} ${quoted(segment.name)}`;
}

/** What helps: to state the kind of the IDs, if one kind leads to one segment. */
function remedyFor(candidates: readonly Candidate[]): string {
  const counts = new Map<SegmentIdType, number>();
  for (const { idType } of candidates) counts.set(idType, (counts.get(idType) ?? 0) + 1);
  const clear = [...counts].flatMap(([idType, count]) => (idType !== 'AUTO' && count === 1 ? [idType] : []));
  const [first] = clear;
  if (first === undefined) {
    return 'Look it up by another identifier, with idType, or have each segment given an identifier of its own.';
  }
  const others = clear.slice(1).map((idType) => ` or ${idType}`);
  return `Configure what the IDs of this destination are (segmentIdType: ${first}${others.join('')}), or pass idType.`;
}

function quoted(text: string): string {
  const isLong = text.length > MAX_TEXT_LENGTH;
  return JSON.stringify(isLong ? `${text.slice(0, MAX_TEXT_LENGTH).toWellFormed()}…` : text);
}
