import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { GatewayContext } from './request/context.js';
import { MutationResolver } from './resolvers/mutation.js';
import { QueryResolver } from './resolvers/query.js';
import type { DestinationObject } from './types/destination.js';

/** The schema as `schema.graphql` has it, made from the classes in this room. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [QueryResolver, MutationResolver],
    // Arguments are checked where they are used, with errors that have codes.
    validate: false,
  });
  // type-graphql has no place for these.
  describe(schema.getQueryType(), 'Everything that can be asked.');
  describe(schema.getMutationType(), 'Everything that can be asked for to be done.');
  resolveAtOnce(schema);
  return schema;
}

/** Fields that reports ask for with every segment: type-graphql would make a promise of each. */
const KNOWN_AT_ONCE = ['name', 'description', 'type', 'active'] as const;

function resolveAtOnce(schema: GraphQLSchema): void {
  const fields = (
    schema.getType('Destination') as GraphQLObjectType<DestinationObject, GatewayContext>
  ).getFields();
  for (const name of KNOWN_AT_ONCE) {
    const field = fields[name];
    if (field !== undefined) field.resolve = (destination, _args, context) => destination[name](context);
  }
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type !== null && type !== undefined) type.description = description;
}
