import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { MutationResolver } from './resolvers/mutation.js';
import { QueryResolver } from './resolvers/query.js';

/** The schema as `schema.graphql` has it, made from the classes in this room. */
export function createSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [QueryResolver, MutationResolver],
    // Arguments are checked where they are used, with errors that have codes.
    validate: false,
  });
}
