import type { GraphQLError } from 'graphql';
import type { SegmentIdType } from '../config/index.js';
import type { Destination } from '../directory/index.js';
import { idMistake } from './arguments.js';
import type { DestinationLoader } from './request/destination-loader.js';
import { segmentObjects, type SegmentObject } from './types/segment.js';

/** A place in a list of names: found, not there, or wrong; an error spoils its own place alone. */
export type LookupResult = SegmentObject | Error | null;

/** One name. @throws GraphQLError, DirectoryError */
export async function lookUpOne(
  loader: DestinationLoader,
  destination: Destination,
  id: string,
  idType: SegmentIdType | null | undefined,
  at?: Date | null,
): Promise<SegmentObject | null> {
  const mistake = idMistake('id', id);
  if (mistake !== null) throw mistake;
  const found = await loader.find(destination, [id], idType, at);
  return segmentObjects(destination, found)[0] ?? null;
}

/** Many names of one destination, in the order of `ids`. @throws DirectoryError */
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
  if (mistakes.size === 0)
    return segmentObjects(destination, await loader.find(destination, ids, idType, at));
  const goodIds = ids.filter((_, index) => !mistakes.has(index));
  const good = segmentObjects(destination, await loader.find(destination, goodIds, idType, at)).values();
  return ids.map((_, index) => mistakes.get(index) ?? good.next().value ?? null);
}

/** What a key of `segmentsByKey` asks for. */
export interface LookupKey {
  readonly customerId: string;
  readonly destinationId: string;
  readonly id: string;
  readonly idType?: SegmentIdType | null | undefined;
}

interface Group {
  readonly idType: SegmentIdType | null | undefined;
  readonly destination: Destination;
  readonly places: number[];
}

/** Many names across customers and destinations, in the order of `keys`. */
export async function lookUpKeys(
  loader: DestinationLoader,
  keys: readonly LookupKey[],
): Promise<LookupResult[]> {
  const results = new Array<LookupResult>(keys.length).fill(null);
  const groups = new Map<string, Group>();
  for (const [place, key] of keys.entries()) {
    try {
      const destination = requireDestination(loader, key, `keys[${place}]`);
      const groupKey = `${key.idType ?? ''} ${destination.key}`;
      const group = groups.get(groupKey);
      if (group !== undefined) group.places.push(place);
      else groups.set(groupKey, { destination, idType: key.idType, places: [place] });
    } catch (error) {
      results[place] = error as Error;
    }
  }
  await Promise.all(
    Array.from(groups.values(), async ({ destination, idType, places }) => {
      const ids = places.map((place) => keys[place]?.id ?? '');
      try {
        const found = await lookUp(
          loader,
          destination,
          ids,
          idType,
          null,
          (index) => `keys[${places[index]}].id`,
        );
        for (const [index, place] of places.entries()) results[place] = found[index] ?? null;
      } catch (error) {
        for (const place of places) results[place] = error as Error;
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
