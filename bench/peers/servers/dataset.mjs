import { readFileSync } from 'node:fs';

/** All that a server serves, from the file that the bench wrote, found by key without a promise. */
export class Dataset {
  #customers = new Map();
  #destinations = new Map();
  #segments = new Map();

  constructor(file) {
    for (const { id: customerId, name, destinations } of JSON.parse(readFileSync(file, 'utf8'))) {
      this.#customers.set(customerId, { id: customerId, name });
      for (const { id, name: title, segments } of destinations) {
        const place = { customerId, destinationId: id };
        const held = segments.map((segment) => ({ ...segment, ...place }));
        this.#destinations.set(destinationKey(customerId, id), { id, name: title, customerId, held });
        for (const segment of held)
          this.#segments.set(segmentKey(customerId, id, segment.mappingId), segment);
      }
    }
  }

  customer(id) {
    return this.#customers.get(id) ?? null;
  }

  destination(key) {
    return this.#destinations.get(key) ?? null;
  }

  segment(key) {
    return this.#segments.get(key) ?? null;
  }

  /** A stretch of a destination's segments behind a cursor, which is nothing but a place in the list. */
  page({ held }, first, after) {
    const start = after === null || after === undefined ? 0 : Number(after);
    const end = start + first;
    return {
      nodes: held.slice(start, end),
      pageInfo: { hasNextPage: end < held.length, endCursor: String(Math.min(end, held.length)) },
      totalCount: held.length,
    };
  }
}

export function destinationKey(customerId, destinationId) {
  return `${customerId}/${destinationId}`;
}

export function segmentKey(customerId, destinationId, mappingId) {
  return `${customerId}/${destinationId}/${mappingId}`;
}
