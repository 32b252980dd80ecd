import process from 'node:process';
import { fastify } from 'fastify';
import mercurius from 'mercurius';
import { Dataset } from './dataset.mjs';
import { createLoaders, resolvers, typeDefs } from './resolvers.mjs';

const dataset = new Dataset(process.argv[2]);
process.on('disconnect', () => process.exit());

const app = fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  context: () => ({ dataset, loaders: createLoaders(dataset) }),
  // Compile a query the second time it comes.
  jit: 1,
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
