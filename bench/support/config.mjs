/** What all lookups of the bench ask for; stated, so that no destination's details have to be read first. */
const MAPPING_IDS = { segmentIdType: 'MAPPING_ID' };

/** One customer `bench` with so many destinations, each of so many segments. */
export function benchCustomers(destinations, size) {
  return [
    {
      id: 'bench',
      name: 'Bench',
      destinations: Array.from({ length: destinations }, (_, destination) => ({
        id: 1_000 + destination,
        name: `Destination ${destination}`,
        first: destination * size,
        size,
      })),
    },
  ];
}

/** A configuration of customers in front of the simulator that has them, refreshed only when asked. */
export function benchConfig({ database, simulator, customers }) {
  return {
    // As fast as the simulator and the gateway can: the bench is after their speed.
    audienceManager: { ...simulator.connection, callsPerSecond: 0 },
    freshness: { refreshEvery: '0', ttl: '7d', coldTimeout: '10m' },
    cache: { maxMemory: '4GiB' },
    storage: database.section,
    customers: customers.map(({ id, name, destinations }) => ({
      id,
      name,
      credentials: { type: 'password', username: id, password: passwordOf(id) },
      destinations: destinations.map(({ id: destinationId }) => ({ id: destinationId, ...MAPPING_IDS })),
    })),
  };
}

/** What the simulator and the gateway in front of it take for a customer's password. */
export function passwordOf(customerId) {
  return `${customerId}-password`;
}

/** A configuration of the million, whose Audience Manager is down: nothing listens there. */
export function millionConfig(database, keys) {
  const down = 'http://127.0.0.1:1';
  const ids = [...new Set(keys.map(({ customerId }) => customerId))];
  return {
    audienceManager: {
      password: { baseUrl: down, tokenUrl: `${down}/token`, clientId: 'bench', clientSecret: 'bench-secret' },
    },
    cache: { maxMemory: '4GiB' },
    storage: database.section,
    customers: ids.map((id) => ({
      id,
      credentials: { type: 'password', username: id, password: passwordOf(id) },
      destinations: keys
        .filter(({ customerId }) => customerId === id)
        .map(({ destinationId }) => ({ id: destinationId, ...MAPPING_IDS })),
    })),
  };
}
