import process from 'node:process';
import { URL } from 'node:url';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Dataset } from './dataset.mjs';
import { createLoaders, resolvers, typeDefs } from './resolvers.mjs';

const dataset = new Dataset(process.argv[2]);
process.on('disconnect', () => process.exit());

const server = new ApolloServer({ typeDefs, resolvers });
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: () => Promise.resolve({ dataset, loaders: createLoaders(dataset) }),
});
process.send({ port: Number(new URL(url).port) });
