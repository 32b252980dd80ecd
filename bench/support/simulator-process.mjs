import { setPriority } from 'node:os';
import process from 'node:process';
import { AudienceManagerSimulator } from '../../build/simulator/index.js';
import { passwordOf } from './config.mjs';
import { mapping } from './segments.mjs';

/** Several customers' Audience Manager, told what to do by the process that started it. */
let simulator;
let customers = [];

// Elsewhere it would take no processor time from the gateway.
setPriority(10);
process.on('disconnect', () => process.exit());
process.on('message', async (message) => {
  process.send(await answer(message));
});

async function answer(message) {
  switch (message.type) {
    case 'start':
      customers = message.customers.map(simulated);
      simulator = await AudienceManagerSimulator.start({
        customers,
        latencyMs: message.latencyMs ?? 0,
        // Of the wire, not of either program.
        compression: 'none',
      });
      return {
        password: {
          baseUrl: simulator.baseUrl,
          tokenUrl: simulator.passwordTokenUrl,
          ...simulator.partner,
        },
      };
    case 'rename':
      for (const { mappings } of customers.flatMap(({ destinations }) => destinations)) {
        for (const [index, segment] of mappings.entries()) {
          if (index % message.every === 0) segment.name = `${segment.name} *`.slice(-40);
        }
      }
      return null;
    case 'hang':
      simulator.fault({ action: { kind: 'hang' } });
      return null;
    case 'count':
      return {
        listings: simulator.listings(),
        tokens: simulator.count({ endpoint: 'token' }),
        calls: simulator.count(),
      };
  }
}

/** Lists of mappings by what is in them: destinations with the same ones share them. */
const lists = new Map();

function mappingsOf(first, size) {
  const name = `${first}+${size}`;
  const mappings = lists.get(name) ?? Array.from({ length: size }, (_, index) => mapping(first + index));
  lists.set(name, mappings);
  return mappings;
}

function simulated({ id, destinations }) {
  return {
    key: id,
    type: 'password',
    username: id,
    password: passwordOf(id),
    destinations: destinations.map(({ id: destinationId, name, first, size }) => ({
      id: destinationId,
      name,
      type: 'S2S',
      mappings: mappingsOf(first, size),
    })),
  };
}
