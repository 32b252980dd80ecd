import type { GraphQLError } from 'graphql';
import type { SegmentIdType } from '../config/index.js';
import { ambiguousIdError, type Destination, type FoundId, type Located } from '../directory/index.js';
import { idMistake } from './arguments.js';
import type { DestinationLoader } from './request/destination-loader.js';
import { startInTurns } from './request/in-turns.js';

/** How the IDs of a lookup are to be understood, and as of when. */
export interface LookupOptions {
  /** Default: the one in the destination's settings. */
  readonly idType?: SegmentIdType | null | undefined;
  /** Find the segments as they were at this time. Default: now. */
  readonly at?: Date | null | undefined;
}

/** A segment, and how a lookup asked for it. */
export interface FoundSegment extends Located {
  /** The ID that was asked for; `null` if it was not one of those that data carry. */
  readonly askedFor: string | null;
  /** The moment that was asked for, in milliseconds since the epoch; `null`: now. */
  readonly at: number | null;
}

/** Result for one ID of several: the segment, `null` if there is none, or an error that concerns this ID only. */
export type LookupResult = FoundSegment | Error | null;

/** What the lookup of one ID found, or why it failed, and the time of the listing in which it was looked up. */
interface Outcome {
  readonly found: FoundId | Error;
  readonly asOf: number | null;
}

/** Looks up one segment. @returns `null` if there is none @throws GraphQLError, DirectoryError */
export async function lookUpOne(
  loader: DestinationLoader,
  destination: Destination,
  id: string,
  options: LookupOptions,
): Promise<FoundSegment | null> {
  const mistake = idMistake('segmentId', id);
  if (mistake !== null) throw mistake;
  const [outcome] = await find(loader, destination, [id], options);
  const result = outcome === undefined ? null : resultOf(outcome, destination, id, options);
  if (result instanceof Error) throw result;
  return result;
}

/**
 * Looks up segments of one destination, in the order of `ids`.
 *
 * @throws DirectoryError if the destination cannot be read
 */
export async function lookUp(
  loader: DestinationLoader,
  destination: Destination,
  ids: readonly string[],
  options: LookupOptions,
): Promise<LookupResult[]> {
  const nameOf = (index: number): string => `segmentIds[${index}]`;
  const outcomes = await findValid(loader, destination, ids, options, nameOf);
  const turns = loader.turns();
  const results: LookupResult[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    results.push(resultOf(outcome, destination, ids[index] ?? '', options));
    if (turns.isOver) await turns.next();
  }
  return results;
}

/** A segment to look up, as `segmentsByKey` and `lookupSegments` take it. */
export interface LookupKey {
  /** `null`, `undefined`: the one destination with this ID that the caller may see. */
  readonly customerId?: string | null | undefined;
  readonly destinationId: string;
  readonly segmentId: string;
  readonly idType?: SegmentIdType | null | undefined;
}

/** What the lookup of one key found, or why it failed. */
export interface KeyOutcome extends Outcome {
  readonly key: LookupKey;
  /** `null` if the caller may see no such destination. */
  readonly destination: Destination | null;
}

/** Keys with the same destination and ID type: one lookup. */
interface KeyGroup {
  readonly idType: SegmentIdType | null | undefined;
  readonly destination: Destination;
  /** Indices of the keys in the list of all keys. */
  readonly indices: number[];
}

/**
 * Looks up segments of any customers and destinations, in the order of `keys`. Errors concern single keys only.
 *
 * @param nameOf the name of a key in error messages, by its index
 * @throws DirectoryError once the request has ended
 */
export async function lookUpKeys(
  loader: DestinationLoader,
  keys: readonly LookupKey[],
  at: Date | null | undefined,
  nameOf = (index: number): string => `keys[${index}]`,
): Promise<KeyOutcome[]> {
  await loader.lookFor(wellFormed(keys));
  const turns = loader.turns();
  const outcomes = new Array<KeyOutcome>(keys.length);
  const groups = new Map<string, KeyGroup>();
  for (const [index, key] of keys.entries()) {
    try {
      const destination = requireDestination(loader, key, nameOf(index));
      const groupKey = `${key.idType ?? ''} ${destination.key}`;
      const group = groups.get(groupKey);
      if (group !== undefined) group.indices.push(index);
      else groups.set(groupKey, { destination, idType: key.idType, indices: [index] });
    } catch (error) {
      outcomes[index] = { key, destination: null, found: error as Error, asOf: null };
    }
    if (turns.isOver) await turns.next();
  }
  const lookUpGroup = async ({ destination, idType, indices }: KeyGroup): Promise<void> => {
    const groupKeys = indices.map((index) => keys[index] as LookupKey);
    const ids = groupKeys.map(({ segmentId }) => segmentId);
    const nameOfId = (position: number): string => `${nameOf(indices[position] ?? 0)}.segmentId`;
    const found = await findValid(loader, destination, ids, { idType, at }, nameOfId).catch(
      (error: unknown) => ids.map((): Outcome => ({ found: error as Error, asOf: null })),
    );
    for (const [position, outcome] of found.entries()) {
      const [index, key] = [indices[position], groupKeys[position]];
      if (index !== undefined && key !== undefined) outcomes[index] = { ...outcome, key, destination };
    }
  };
  await startInTurns(groups.values(), turns, lookUpGroup);
  return outcomes;
}

/** The result of a key for a field that returns segments alone. */
export function keyResult(
  { key, destination, found, asOf }: KeyOutcome,
  at: Date | null | undefined,
): LookupResult {
  if (destination !== null) return resultOf({ found, asOf }, destination, key.segmentId, { at });
  return found instanceof Error ? found : null;
}

function* wellFormed(keys: readonly LookupKey[]): Iterable<LookupKey> {
  for (const key of keys) if (placeMistake(key, 'keys') === null) yield key;
}

function placeMistake({ customerId, destinationId }: LookupKey, name: string): GraphQLError | null {
  return (
    (typeof customerId === 'string' ? idMistake(`${name}.customerId`, customerId) : null) ??
    idMistake(`${name}.destinationId`, destinationId)
  );
}

function requireDestination(loader: DestinationLoader, key: LookupKey, name: string): Destination {
  const { customerId, destinationId } = key;
  const mistake = placeMistake(key, name);
  if (mistake !== null) throw mistake;
  return loader.requireDestination(customerId, destinationId);
}

/** Looks up the well-formed ones of some IDs. @param nameOf the name of an ID in error messages, by its index */
async function findValid(
  loader: DestinationLoader,
  destination: Destination,
  ids: readonly string[],
  options: LookupOptions,
  nameOf: (index: number) => string,
): Promise<Outcome[]> {
  const turns = loader.turns();
  const mistakes = new Map<number, GraphQLError>();
  for (const [index, id] of ids.entries()) {
    const mistake = idMistake(nameOf(index), id);
    if (mistake !== null) mistakes.set(index, mistake);
    if (turns.isOver) await turns.next();
  }
  if (mistakes.size === 0) return await find(loader, destination, ids, options);
  const validIds = ids.filter((_, index) => !mistakes.has(index));
  const outcomes = (await find(loader, destination, validIds, options)).values();
  return ids.map((_, index) => {
    const mistake = mistakes.get(index);
    return mistake === undefined ? (outcomes.next().value as Outcome) : { found: mistake, asOf: null };
  });
}

async function find(
  loader: DestinationLoader,
  destination: Destination,
  ids: readonly string[],
  { idType, at }: LookupOptions,
): Promise<Outcome[]> {
  const { snapshot, results } = await loader.find(destination, ids, idType, at);
  const { asOf } = snapshot;
  return results.map((found) => ({ found, asOf }));
}

function resultOf(
  { found, asOf }: Outcome,
  destination: Destination,
  askedFor: string,
  { at }: LookupOptions,
): LookupResult {
  if (found instanceof Error) return found;
  switch (found.status) {
    case 'FOUND':
      return { segment: found.segment, destination, asOf, askedFor, at: at?.getTime() ?? null };
    case 'AMBIGUOUS':
      return ambiguousIdError(
        { customerId: destination.customerId, destinationId: destination.id },
        askedFor,
        found.candidates,
      );
    case 'UNKNOWN':
    case 'UNCHECKED':
      return null;
  }
}
