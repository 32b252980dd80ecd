import {
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { partOf } from './partial-sdl.js';

/** The version of Apollo Federation, and what of it is used. Every router of version 2 knows this one. */
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable"])\n\n';

/** A schema as clients see it, sorted by name. @param without names for `partOf` */
export function schemaSdl(schema: GraphQLSchema, without: readonly string[] = []): string {
  const sdl = printSchema(lexicographicSortSchema(schema));
  return `${without.length === 0 ? sdl : print(partOf(parse(sdl, { noLocation: true }), without))}\n`;
}

/**
 * A schema as a subgraph of Apollo Federation 2: with the directives of its types, and without the fields and types by which
 * routers ask.
 *
 * @param without names for `partOf`
 * @see https://www.apollographql.com/docs/graphos/reference/federation/subgraph-spec
 */
export function subgraphSdl(schema: GraphQLSchema, without: readonly string[] = []): string {
  return `${LINK}${print(partOf(subgraphOf(schema), without))}\n`;
}

function subgraphOf(schema: GraphQLSchema): DocumentNode {
  return visit(parse(schemaSdl(schema), { noLocation: true }), {
    ObjectTypeDefinition: (node) => {
      if (isOfRouters(node)) return null;
      // Other kinds of types, and fields, have none.
      return { ...node, directives: schema.getType(node.name.value)?.astNode?.directives ?? [] };
    },
    FieldDefinition: (node) => (isOfRouters(node) ? null : undefined),
    ScalarTypeDefinition: (node) => (isOfRouters(node) ? null : undefined),
    UnionTypeDefinition: (node) => (isOfRouters(node) ? null : undefined),
  });
}

/** Whether this is one of `_entities`, `_service` and their types, and not of the schema itself. */
function isOfRouters({ name }: { readonly name: { readonly value: string } }): boolean {
  return name.value.startsWith('_');
}
