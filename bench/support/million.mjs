import { createDatabase, open } from './engines.mjs';
import { firstChange, segmentsOf } from './segments.mjs';

export const DESTINATIONS = 200;

/** As a configuration or the storage names them: ten customers with twenty destinations each. */
export function keyOf(destination) {
  return {
    customerId: `customer-${Math.floor(destination / 20)}`,
    destinationId: String(1_000 + destination),
  };
}

export const KEYS = Array.from({ length: DESTINATIONS }, (_, destination) => keyOf(destination));

/** A database of 1,000,000 segments in 200 destinations, each written as its first listing is. */
export async function createMillion(engine, { size, progress }) {
  const database = await createDatabase(engine);
  try {
    const storage = await open(database);
    const yesterday = Date.now() - 86_400_000;
    try {
      for (const [destination, key] of KEYS.entries()) {
        await storage.write(key, 0, firstChange(segmentsOf(destination, size), yesterday));
        if ((destination + 1) % 20 === 0) progress(`${(destination + 1) * size} segments written`);
      }
    } finally {
      await storage.close();
    }
    await database.settle();
    return { ...database, size };
  } catch (error) {
    await database.drop();
    throw error;
  }
}
