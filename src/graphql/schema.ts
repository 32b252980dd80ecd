import 'reflect-metadata';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { MutationResolver } from './resolvers/mutation.js';
import { QueryResolver } from './resolvers/query.js';

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
  return schema;
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type !== null && type !== undefined) type.description = description;
}
