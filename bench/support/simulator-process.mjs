import process from 'node:process';
import { AudienceManagerSimulator } from '../../dist/simulator/index.js';
import { mapping } from './segments.mjs';

/** One customer's Audience Manager, told what to do by the process that started it. */
let simulator;
let destinations = [];

process.on('message', async (message) => {
  process.send(await answer(message));
});

async function answer(message) {
  switch (message.type) {
    case 'start':
      destinations = Array.from({ length: message.destinations }, (_, destination) => ({
        id: 1_000 + destination,
        name: `Destination ${destination}`,
        type: 'S2S',
        mappings: Array.from({ length: message.size }, (_, index) =>
          mapping(destination * message.size + index),
        ),
      }));
      simulator = await AudienceManagerSimulator.start({
        customers: [
          { key: 'bench', type: 'password', username: 'bench', password: 'bench-password', destinations },
        ],
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
      for (const { mappings } of destinations) {
        for (const [index, segment] of mappings.entries()) {
          if (index % message.every === 0) segment.name = `${segment.name} *`.slice(-40);
        }
      }
      return null;
  }
}
