import { readFileSync } from 'node:fs';
import { URL } from 'node:url';
import DataLoader from 'dataloader';
import { destinationKey, segmentKey } from './dataset.mjs';

export const typeDefs = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8');

/** As DataLoader's documentation has them: new ones for each request, each with a key for every ID. */
export function createLoaders(dataset) {
  const loader = (find) => new DataLoader((keys) => Promise.resolve(keys.map(find)));
  return {
    segment: loader((key) => dataset.segment(key)),
    destination: loader((key) => dataset.destination(key)),
    customer: loader((id) => dataset.customer(id)),
  };
}

/** The same for every server; their contexts hold the loaders and the dataset. */
export const resolvers = {
  Query: {
    segment: (_, { customerId, destinationId, segmentId }, { loaders }) =>
      loaders.segment.load(segmentKey(customerId, destinationId, segmentId)),
    segments: (_, { customerId, destinationId, segmentIds }, { loaders }) =>
      segmentIds.map((segmentId) => loaders.segment.load(segmentKey(customerId, destinationId, segmentId))),
    segmentsByKey: (_, { keys }, { loaders }) =>
      keys.map(({ customerId, destinationId, segmentId }) =>
        loaders.segment.load(segmentKey(customerId, destinationId, segmentId)),
      ),
    destination: (_, { customerId, destinationId }, { loaders }) =>
      loaders.destination.load(destinationKey(customerId, destinationId)),
  },
  Segment: {
    destination: ({ customerId, destinationId }, _, { loaders }) =>
      loaders.destination.load(destinationKey(customerId, destinationId)),
    customer: ({ customerId }, _, { loaders }) => loaders.customer.load(customerId),
  },
  Destination: {
    segments: (destination, { first, after }, { dataset }) => dataset.page(destination, first, after),
  },
};
