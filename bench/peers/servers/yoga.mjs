import { createServer } from 'node:http';
import process from 'node:process';
import { createSchema, createYoga } from 'graphql-yoga';
import { Dataset } from './dataset.mjs';
import { createLoaders, resolvers, typeDefs } from './resolvers.mjs';

const dataset = new Dataset(process.argv[2]);
process.on('disconnect', () => process.exit());

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: () => ({ dataset, loaders: createLoaders(dataset) }),
});
const server = createServer(yoga).listen(0, '127.0.0.1', () => {
  process.send({ port: server.address().port });
});
