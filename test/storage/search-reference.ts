import type {
  DestinationKey,
  SearchPosition,
  SearchRequest,
  SearchResult,
  StoredSegment,
  StoredStatus,
} from '../../src/storage/index.js';
import { compareText, fold } from '../../src/base/text.js';
import { seededRandom, segment } from './support.js';

/** A segment with its destination. */
export type Located = StoredSegment & DestinationKey;

/** Everything, on one page. */
export const ALL: Omit<SearchRequest, 'destinations'> = {
  terms: [],
  status: null,
  after: null,
  first: 1_000,
};
export const STATUSES: readonly StoredStatus[] = ['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN'];

const WORDS = [
  ...['Sommer', 'SOMMER', 'sømmer', 'Été', 'ete', 'été', 'Straße', 'strasse', 'İstanbul', 'ΟΔΥΣΣΕΥΣ', 'οδος'],
  ...['100%', '_under_', 'back\\slash', '"quoted"', "it's", 'a*b', 'NEAR', 'AND', 'OR', '-minus', '(x)'],
  ...[
    '夏のセール',
    'ガギグ',
    '한국어',
    'हिन्दी',
    '👩‍👩‍👧',
    '🏖️🏖️🏖️',
    '𝔖𝔢𝔤',
    'ﷺ',
    'Å',
    'ab',
    'x',
    '\u{10ffff}\uffff',
  ],
];

/** The expected result, computed in plain JavaScript. */
export function expected(all: readonly Located[], request: SearchRequest): SearchResult {
  const { after, identifier = null } = request;
  const destinations = new Set(request.destinations.map((key) => `${key.customerId}/${key.destinationId}`));
  const found = all
    .filter((s) => destinations.has(`${s.customerId}/${s.destinationId}`))
    .filter((s) => request.status === null || request.status.includes(s.status))
    .filter((s) => request.terms.every((term) => haystackOf(s).includes(term)));
  const exact = new Set(found.filter((s) => hasIdentifier(s, identifier)));
  const matches = found
    .map((s) => (exact.has(s) && exact.size <= 1_000 ? { ...s, isExact: true } : s))
    .sort(compare);
  const start = after === null ? 0 : matches.filter((s) => compare(s, after) <= 0).length;
  return {
    segments: matches.slice(start, start + request.first).map((match) => ({ ...match, asOf: null })),
    hasPreviousPage: request.withPrevious === false ? null : start > 0,
    hasNextPage: start + request.first < matches.length,
    totalCount: request.withTotal === false ? null : matches.length,
  };
}

export function haystackOf({ name, description, alias, id, sid, value }: StoredSegment): string {
  return [name, description, alias, id, sid, value].map((part) => fold(part ?? '')).join('\n');
}

function hasIdentifier({ id, sid, alias, value }: StoredSegment, identifier: string | null): boolean {
  return identifier !== null && [id, sid, alias, value].includes(identifier);
}

export function compare(a: SearchPosition, b: SearchPosition): number {
  const byExactness = Number(b.isExact === true) - Number(a.isExact === true);
  if (byExactness !== 0) return byExactness;
  if (a.name === null || b.name === null) {
    if (a.name !== b.name) return a.name === null ? 1 : -1;
  } else {
    const byName = compareText(fold(a.name), fold(b.name)) || compareText(a.name, b.name);
    if (byName !== 0) return byName;
  }
  return (
    compareText(a.id, b.id) ||
    compareText(a.customerId, b.customerId) ||
    compareText(a.destinationId, b.destinationId)
  );
}

export interface Generated {
  readonly segments: readonly Located[];
  readonly destinations: readonly DestinationKey[];
  readonly random: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

/**
 * Segments of several destinations that are so similar that every part of the sort order decides somewhere.
 */
export function generate(): Generated {
  const random = seededRandom(20_260_115);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const text = (words: number): string =>
    Array.from({ length: 1 + Math.floor(random() * words) }, () => pick(WORDS)).join(' ');
  const destinations = ['acme', 'globex', 'Ünicode'].flatMap((customerId) =>
    ['1', '10', '2'].map((destinationId) => ({ customerId, destinationId })),
  );
  const longStart = 'Long names that begin alike and differ after more characters than an index holds: ';
  const segments = destinations.flatMap((key) =>
    Array.from({ length: 45 }, (_, index) => ({
      ...segment(String(index * 7), {
        sid: random() < 0.5 ? null : String(Math.floor(random() * 100_000)),
        alias: random() < 0.8 ? null : text(1),
        value: random() < 0.8 ? null : text(1),
        // A search does not look into addresses.
        url: 'https://outdated.example.com/?x=%ALIAS%',
        name: random() < 0.1 ? null : random() < 0.1 ? longStart + text(2) : random() < 0.05 ? '' : text(2),
        description: random() < 0.3 ? null : text(6),
        status: pick(STATUSES),
      }),
      ...key,
    })),
  );
  return { segments, destinations, random, pick };
}
