import { describe, expect, it } from 'vitest';
import { DOCUMENTS } from './operations.js';
import { ask } from './queries.js';
import { objectsIn } from './wire.js';
import { CUSTOMERS, DESTINATIONS, SEGMENTS, World } from './world.js';

/** All objects of the answers that have these fields. */
function objectsWith(answers: readonly unknown[], ...fields: string[]): Record<string, unknown>[] {
  return objectsIn(answers).filter((object) => fields.every((field) => field in object));
}

describe('the answers that all clients get', () => {
  it('have no id with two names, and no name with two ids', { timeout: 60_000 }, async () => {
    await using world = await World.start();
    const segments = objectsWith(
      (await ask(world)).map(({ wire }) => wire),
      'id',
      'mappingId',
      'name',
    );
    const pairs = new Set(segments.map(({ id, name }) => `${String(id)} ${String(name)}`));
    expect(new Set(segments.map(({ id }) => id)).size).toBe(pairs.size);
    expect(new Set(segments.map(({ name }) => name)).size).toBe(pairs.size);
    // Two more in each destination are found as candidates only: their IDs are ambiguous.
    expect(pairs.size).toBe(CUSTOMERS.length * DESTINATIONS.length * (SEGMENTS.length + 2) * 3);
  });

  it('have all kinds of results of lookups', { timeout: 60_000 }, async () => {
    await using world = await World.start();
    const lookups = (await ask(world)).filter(({ document }) => document === DOCUMENTS.lookup);
    for (const { wire } of lookups) {
      const results = objectsWith([wire], 'candidates').map(({ segmentId, status }) => [segmentId, status]);
      expect(results).toEqual(
        CUSTOMERS.flatMap(() =>
          DESTINATIONS.flatMap(() => [
            ...SEGMENTS.map((id) => [id, 'FOUND']),
            ['2002', 'AMBIGUOUS'],
            ['nobody', 'UNKNOWN'],
          ]),
        ),
      );
    }
    expect(lookups).toHaveLength(3);
  });
});
