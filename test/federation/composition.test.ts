import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  findBreakingChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  printType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { createSchema } from '../../src/graphql/index.js';
import { schemaSdl, subgraphSdl } from '../../src/graphql/subgraph-sdl.js';
import { example } from './documentation.js';
import { compose } from './support.js';

const schema = createSchema();
const names = { name: 'names', url: 'http://127.0.0.1:1/graphql', sdl: subgraphSdl(schema) };
const other = (sdl: string) => ({ name: 'reports', url: 'http://127.0.0.1:2/graphql', sdl });

describe('the schema as a subgraph', () => {
  it('has the keys by which other subgraphs refer to its types', () => {
    const keys = [...names.sdl.matchAll(/^type (\w+).*?@key.*$/gm)].map(([line, type]) => [
      type,
      [...line.matchAll(/@key\(fields: "([^"]+)"\)/g)].map(([, fields]) => fields),
    ]);
    expect(Object.fromEntries(keys)).toEqual({
      Customer: ['id'],
      Destination: ['id', 'customerId destinationId'],
      Segment: ['id'],
      SegmentReference: ['customerId destinationId segmentId'],
    });
    expect(names.sdl).toMatch(/^type PageInfo @shareable \{$/m);
  });

  it('is served with the fields and types with which the library of Federation serves it', () => {
    const served = buildSubgraphSchema({ typeDefs: parse(names.sdl) });
    const query = served.getQueryType()!.getFields();
    const own = schema.getQueryType()!.getFields();
    for (const field of ['_entities', '_service']) {
      expect(String(own[field]?.type)).toBe(String(query[field]?.type));
      expect(own[field]?.args.map(String)).toEqual(query[field]?.args.map(String));
    }
    const members = (text: string): string | undefined => /^union .*$/m.exec(text)?.[0];
    const [entity, servedEntity] = [schema.getType('_Entity')!, served.getType('_Entity')!];
    expect(members(printType(entity))).toBe(members(printType(servedEntity)));
    // The library adds its directives, with their types, and lets `sdl` be null.
    const differences = findBreakingChanges(served, schema).filter(
      ({ description }) => !/\b(?:link|federation)__|^(?:link|key|shareable) was removed/.test(description),
    );
    expect(differences).toEqual([]);
  });

  it('composes with rows that refer to segments, and nothing to be said about it', () => {
    const { errors, hints } = composeServices([
      { ...names, typeDefs: parse(names.sdl) },
      { ...other(''), typeDefs: parse(example('reports.graphql')) },
    ]);
    expect([errors, hints]).toEqual([undefined, []]);
  });

  it('composes with subgraphs that refer to its other types, and have pages of their own', () => {
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
      type Query { bills: Bills! }
      type Bills { nodes: [Bill!]! pageInfo: PageInfo! }
      type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
      type Bill { customer: Customer destination: Destination }
      type Customer @key(fields: "id") { id: ID! bills: [Bill!]! }
      type Destination @key(fields: "customerId destinationId") { customerId: ID! destinationId: ID! bills: [Bill!]! }`;
    expect(compose(names, other(sdl))).toContain('bills');
  });

  it('has directives of types alone, which are all printed', () => {
    const places: string[] = [];
    type Node = { readonly directives?: readonly unknown[] } | null | undefined;
    const look = (place: string, node: Node) => {
      if ((node?.directives ?? []).length > 0) places.push(place);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) look(type.name, type.astNode);
      if (isEnumType(type))
        for (const value of type.getValues()) look(`${type.name}.${value.name}`, value.astNode);
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field.astNode as Node);
        for (const arg of 'args' in field ? field.args : [])
          look(`${field.name}(${arg.name})`, arg.astNode as Node);
      }
    }
    expect(places).toEqual([]);
  });

  it('composes by its keys alone with a subgraph that has fields and types of the same names', () => {
    const sdl = `type Query { node(id: ID!): Node viewer: Viewer customers: [Customer!]! report: SegmentReference }
      interface Node { id: ID! }
      type Viewer { email: String }
      type Customer { number: Int! }
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
      type SegmentReference @key(fields: "customerId destinationId segmentId", resolvable: false) {
        customerId: ID! destinationId: ID! segmentId: ID! }`;
    expect(() => compose(names, other(sdl))).toThrow('Query.node');
    const keysOnly = { ...names, sdl: subgraphSdl(schema, ['Query', 'Mutation']) };
    expect(() => compose(keysOnly, other(sdl))).toThrow('Customer');
    const part = subgraphSdl(schema, ['Query', 'Mutation', 'Customer']);
    expect(compose({ ...names, sdl: part }, other(sdl))).toContain('segmentId');
    const types = [...part.matchAll(/^(?:type|interface|input|union|scalar|enum) (\w+)/gm)].map(
      ([, name]) => name,
    );
    expect(types).toEqual(
      expect.arrayContaining(['Segment', 'SegmentReference', 'Destination', 'DateTime', 'SegmentRevision']),
    );
    for (const gone of [
      'Query',
      'Mutation',
      'Customer',
      'CustomerConnection',
      'Viewer',
      'Gateway',
      'Import',
      'SegmentKey',
    ])
      expect(types).not.toContain(gone);
  });

  it('composes in part, whichever type or field is left out', () => {
    const types = [...names.sdl.matchAll(/^(?:type|interface|input|union|scalar|enum) (\w+)/gm)].map(
      ([, name]) => name!,
    );
    for (const type of types) {
      const rest = { name: 'rest', url: 'http://127.0.0.1:3/graphql', sdl: 'type Query { rest: Int }' };
      expect(compose({ ...names, sdl: subgraphSdl(schema, [type]) }, rest)).not.toMatch(
        new RegExp(`^(?:type|interface|input|union|scalar|enum) ${type}\\b(?<!type Query)`, 'm'),
      );
    }
  });

  it('composes with a subgraph that has a field of the same name, if that is left out', () => {
    const sdl = 'type Query { node(id: ID!): Node } interface Node { id: ID! }';
    expect(() => compose(names, other(sdl))).toThrow('Query.node');
    const rest = subgraphSdl(schema, ['Query.node']);
    expect(rest).toContain('  nodes(');
    expect(compose({ ...names, sdl: rest }, other(sdl))).toContain('node(');
  });

  it('composes without its directives as well, by itself', () => {
    expect(compose({ ...names, sdl: schemaSdl(schema) })).toContain('searchSegments');
  });
});

it('the example of a configuration for composition names both subgraphs and their files', () => {
  expect(parseYaml(example('supergraph.yaml'))).toMatchObject({
    subgraphs: {
      names: {
        routing_url: expect.stringMatching(/\/graphql$/) as string,
        schema: { file: 'names.graphql' },
      },
      reports: { schema: { file: 'reports.graphql' } },
    },
  });
  expect(parseYaml(example('router.yaml'))).toMatchObject({ headers: { subgraphs: { names: {} } } });
});
