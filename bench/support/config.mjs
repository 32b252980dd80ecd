/** A configuration of one customer `bench` in front of the simulator, refreshed only when asked. */
export function benchConfig({ database, simulator, destinations }) {
  return {
    audienceManager: simulator.connection,
    freshness: { refreshEvery: '0', ttl: '7d' },
    cache: { maxMemory: '4GiB' },
    storage: database.section,
    customers: [
      {
        id: 'bench',
        credentials: { type: 'password', username: 'bench', password: 'bench-password' },
        destinations: Array.from({ length: destinations }, (_, destination) => ({ id: 1_000 + destination })),
      },
    ],
  };
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
      credentials: { type: 'password', username: id, password: 'bench-password' },
      destinations: keys
        .filter(({ customerId }) => customerId === id)
        .map(({ destinationId }) => ({ id: destinationId })),
    })),
  };
}
