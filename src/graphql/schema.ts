import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { GatewayContext } from './request/context.js';
import { CustomerResolver } from './resolvers/customer.js';
import { DestinationResolver } from './resolvers/destination.js';
import { EverywhereResolver } from './resolvers/everywhere.js';
import { FederationResolver } from './resolvers/federation.js';
import { ImportResolver } from './resolvers/imports.js';
import { MutationResolver } from './resolvers/mutation.js';
import { NodeResolver } from './resolvers/node.js';
import { QueryResolver } from './resolvers/query.js';
import { SegmentResolver } from './resolvers/segment.js';
import type { DestinationObject } from './types/destination.js';

/** Builds the GraphQL schema from the classes in types/ and resolvers/. `schema.graphql` is its printed form. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      QueryResolver,
      EverywhereResolver,
      NodeResolver,
      FederationResolver,
      MutationResolver,
      ImportResolver,
      CustomerResolver,
      DestinationResolver,
      SegmentResolver,
    ],
    // The resolvers check arguments themselves, with errors that have codes.
    validate: false,
    // A test checks the schema. Here, that would take a tenth of the gateway's start.
    skipCheck: true,
  });
  // type-graphql has no option for these descriptions.
  describe(schema.getQueryType(), 'All queries of this API.');
  describe(schema.getMutationType(), 'All mutations of this API.');
  resolveSynchronously(schema);
  return schema;
}

/** Fields of Destination whose values are usually in memory. */
const SYNCHRONOUS_FIELDS = ['name', 'description', 'type', 'active'] as const;

/**
 * Replaces the resolvers of type-graphql, which create a promise for each value. Reports select these fields with
 * every segment, so that would be thousands of promises per response.
 */
function resolveSynchronously(schema: GraphQLSchema): void {
  const fields = (
    schema.getType('Destination') as GraphQLObjectType<DestinationObject, GatewayContext>
  ).getFields();
  for (const name of SYNCHRONOUS_FIELDS) {
    const field = fields[name];
    if (field !== undefined) field.resolve = (destination, _args, context) => destination[name](context);
  }
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type !== null && type !== undefined) type.description = description;
}
