import type { GraphQLError } from 'graphql';
import type { SegmentIdType } from '../config/index.js';
import type { Destination, Located } from '../directory/index.js';
import { idMistake } from './arguments.js';
import type { DestinationLoader } from './request/destination-loader.js';

/** Result for one ID of several: the segment, `null` if there is none, or an error that concerns this ID only. */
export type LookupResult = Located | Error | null;

/** Looks up one segment. @returns `null` if there is none @throws GraphQLError, DirectoryError */
export async function lookUpOne(
  loader: DestinationLoader,
  destination: Destination,
  id: string,
  idType: SegmentIdType | null | undefined,
  at?: Date | null,
): Promise<Located | null> {
  const mistake = idMistake('id', id);
  if (mistake !== null) throw mistake;
  const [located = null] = await find(loader, destination, [id], idType, at);
  return located;
}

/**
 * Looks up segments of one destination, in the order of `ids`.
 *
 * @param nameOf the name of an ID in error messages, by its index in `ids`
 * @throws DirectoryError if the destination cannot be read
 */
export async function lookUp(
  loader: DestinationLoader,
  destination: Destination,
  ids: readonly string[],
  idType: SegmentIdType | null | undefined,
  at?: Date | null,
  nameOf: (index: number) => string = (index) => `ids[${index}]`,
): Promise<LookupResult[]> {
  const mistakes = new Map<number, GraphQLError>();
  for (const [index, id] of ids.entries()) {
    const mistake = idMistake(nameOf(index), id);
    if (mistake !== null) mistakes.set(index, mistake);
  }
  if (mistakes.size === 0) return await find(loader, destination, ids, idType, at);
  const validIds = ids.filter((_, index) => !mistakes.has(index));
  const results = (await find(loader, destination, validIds, idType, at)).values();
  return ids.map((_, index) => mistakes.get(index) ?? results.next().value ?? null);
}

async function find(
  loader: DestinationLoader,
  destination: Destination,
  ids: readonly string[],
  idType: SegmentIdType | null | undefined,
  at: Date | null | undefined,
): Promise<(Located | null)[]> {
  const { snapshot, segments } = await loader.find(destination, ids, idType, at);
  const { asOf } = snapshot;
  return segments.map((segment) => (segment === undefined ? null : { segment, destination, asOf }));
}

/** A segment to look up, as `segmentsByKey` takes it. */
export interface LookupKey {
  readonly customerId: string;
  readonly destinationId: string;
  readonly id: string;
  readonly idType?: SegmentIdType | null | undefined;
}

/** Keys with the same destination and ID type: one lookup. */
interface KeyGroup {
  readonly idType: SegmentIdType | null | undefined;
  readonly destination: Destination;
  /** Indices of the keys in the list of all keys. */
  readonly indices: number[];
}

/** Looks up segments of any customers and destinations, in the order of `keys`. Errors concern single keys only. */
export async function lookUpKeys(
  loader: DestinationLoader,
  keys: readonly LookupKey[],
): Promise<LookupResult[]> {
  const results = new Array<LookupResult>(keys.length).fill(null);
  const groups = new Map<string, KeyGroup>();
  for (const [index, key] of keys.entries()) {
    try {
      const destination = requireDestination(loader, key, `keys[${index}]`);
      const groupKey = `${key.idType ?? ''} ${destination.key}`;
      const group = groups.get(groupKey);
      if (group !== undefined) group.indices.push(index);
      else groups.set(groupKey, { destination, idType: key.idType, indices: [index] });
    } catch (error) {
      results[index] = error as Error;
    }
  }
  await Promise.all(
    Array.from(groups.values(), async ({ destination, idType, indices }) => {
      const ids = indices.map((index) => keys[index]?.id ?? '');
      const nameOf = (position: number): string => `keys[${indices[position]}].id`;
      try {
        const found = await lookUp(loader, destination, ids, idType, null, nameOf);
        for (const [position, index] of indices.entries()) results[index] = found[position] ?? null;
      } catch (error) {
        for (const index of indices) results[index] = error as Error;
      }
    }),
  );
  return results;
}

function requireDestination(loader: DestinationLoader, key: LookupKey, name: string): Destination {
  const mistake =
    idMistake(`${name}.customerId`, key.customerId) ?? idMistake(`${name}.destinationId`, key.destinationId);
  if (mistake !== null) throw mistake;
  return loader.requireDestination(key.customerId, key.destinationId);
}
