import * as z from 'zod';
import { DeliveryError } from '../delivery/delivery-error.js';
import { TEMPLATE_NAMES, readTemplate } from '../delivery/template.js';
import type { DestinationType, SegmentIdType } from './types.js';
import { either, label, list, mapping, oneOf, scalar } from './values.js';

const DESTINATION_TYPES: readonly DestinationType[] = [
  'URL',
  'COOKIE',
  'SERVER_TO_SERVER',
  'ANALYTICS',
  'PEOPLE_BASED',
  'PULL',
  'UNKNOWN',
];
const SEGMENT_ID_TYPES: readonly SegmentIdType[] = [
  'AUTO',
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
];

/** The word that stands for a mapping without options. */
const DISCOVER = 'discover';

/** What the destinations of a customer are: those of a list, or those that Audience Manager lists. */
export interface DestinationsInput {
  readonly listed: readonly z.output<ReturnType<typeof destination>>[];
  /** `null`: only those of the list. */
  readonly discovery: Omit<z.output<ReturnType<typeof discovery>>, 'discover' | 'overrides'> | null;
}

/** The key `destinations` of a customer: a list, the word `discover`, or a mapping with `discover: true` and options. */
export function destinations() {
  const written = list(destination(), 'destinations, each with an id, or the word discover').transform(
    (listed): DestinationsInput => ({ listed, discovery: null }),
  );
  const discovered = discovery().transform(
    ({ discover: _discover, overrides, ...options }): DestinationsInput => ({
      listed: overrides,
      discovery: options,
    }),
  );
  const word = z
    .preprocess(() => ({ discover: 'true' }), discovery())
    .transform(({ segmentIdType }): DestinationsInput => ({ listed: [], discovery: { segmentIdType } }));
  return either<DestinationsInput>((value) => {
    if (value === undefined || value === '') return none();
    if (value === DISCOVER) return word;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? discovered : written;
  });
}

/** No destinations at all, or a key whose lines are all commented out. */
function none() {
  return z.unknown().transform((): DestinationsInput => ({ listed: [], discovery: null }));
}

function discovery() {
  return mapping({
    discover: scalar('must be true', (text) => (text === 'true' ? true : undefined)),
    include: filter().optional(),
    exclude: filter().optional(),
    segmentIdType: oneOf(SEGMENT_ID_TYPES).prefault('AUTO'),
    format: format().optional(),
    overrides: list(destination(), 'destinations, each with an id').prefault([]),
  });
}

/** Destinations that one of the lists names. */
function filter() {
  return mapping({
    ids: list(label(), 'IDs of destinations').prefault([]),
    names: list(label(), 'names of destinations, in which * stands for any text').prefault([]),
    types: list(oneOf(DESTINATION_TYPES), `types, each one of ${DESTINATION_TYPES.join(', ')}`).prefault([]),
  }).refine(({ ids, names, types }) => ids.length + names.length + types.length > 0, {
    error: 'names nothing; list ids, names or types, or remove it',
  });
}

function destination() {
  return mapping({
    id: label(),
    name: label().optional(),
    type: oneOf(DESTINATION_TYPES).optional(),
    segmentIdType: oneOf(SEGMENT_ID_TYPES).optional(),
    format: format().optional(),
  });
}

/** The template of the lines in a destination's files: its name, or a pattern. */
function format() {
  return scalar(
    `must be ${TEMPLATE_NAMES.join(', ')}, or a pattern such as "{user}|{segments:,}|{left:,}"`,
    (text) => (isTemplate(text) ? text : undefined),
  );
}

/** Its own message is not used: it repeats the text, which may have come from elsewhere by a reference. */
function isTemplate(text: string): boolean {
  try {
    readTemplate(text);
    return /^[^\p{Cc}\p{Surrogate}]{1,1000}$/u.test(text);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return false;
  }
}
