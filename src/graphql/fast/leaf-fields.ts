import {
  getNullableType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { DestinationLoader } from '../request/destination-loader.js';

/** The part of a request's context that the fast path gives to resolvers. */
export interface LeafContext {
  readonly loader: Pick<DestinationLoader, 'details'>;
}

/** A scalar or enum field without arguments. */
export interface LeafField {
  readonly name: string;
  /**
   * @param context `null` where the result is cached for all requests
   * @returns the JSON text of the field's value; `null` where the full path has to answer: the value has to be waited for,
   *   needs more context, or is an error
   */
  readonly json: (source: object, context: LeafContext | null) => string | null;
}

/** The leaf fields that the fast path can write, by name. All other fields are left to the full path. */
export interface LeafFields {
  readonly segment: ReadonlyMap<string, LeafField>;
  readonly destination: ReadonlyMap<string, LeafField>;
  readonly customer: ReadonlyMap<string, LeafField>;
}

type Field = GraphQLField<object, LeafContext>;
type Resolver = (source: object, args: object, context: LeafContext | null) => unknown;

/** Derives the fields that the fast path can write from the schema. */
export function leafFieldsOf(schema: GraphQLSchema): LeafFields {
  return {
    segment: leafFieldsOfType(schema, 'Segment'),
    destination: leafFieldsOfType(schema, 'Destination'),
    customer: leafFieldsOfType(schema, 'Customer'),
  };
}

function leafFieldsOfType(schema: GraphQLSchema, typeName: string): ReadonlyMap<string, LeafField> {
  const typeNameJson = JSON.stringify(typeName);
  const leaves = new Map<string, LeafField>([
    ['__typename', { name: '__typename', json: () => typeNameJson }],
  ]);
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return leaves;
  const fields = (type as GraphQLObjectType<object, LeafContext>).getFields();
  for (const field of Object.values(fields)) {
    const leaf = leafFieldOf(field);
    if (leaf !== null) leaves.set(leaf.name, leaf);
  }
  return leaves;
}

/** Runs a field's resolver and serializer as execution does, but synchronously. */
function leafFieldOf(field: Field): LeafField | null {
  const { name, type, args } = field;
  const leafType = getNullableType(type);
  if (!isLeafType(leafType) || args.length > 0) return null;
  // Without `info`, which type-graphql's resolvers only pass on: no field of these types asks for it.
  const resolve = (field.resolve ?? propertyResolver(name)) as Resolver;
  const nullJson = isNonNullType(type) ? null : 'null';
  const json: LeafField['json'] = (source, context) => {
    try {
      const value = resolve(source, {}, context);
      if (value === null || value === undefined) return nullJson;
      if (value instanceof Promise) {
        // The full path calls the resolver again and waits for its result.
        value.catch(() => undefined);
        return null;
      }
      const serialized = leafType.serialize(value);
      return serialized === null || serialized === undefined ? null : JSON.stringify(serialized);
    } catch {
      // The full path calls the resolver again and reports the error.
      return null;
    }
  };
  return { name, json };
}

function propertyResolver(name: string): Resolver {
  return (source) => (source as Readonly<Record<string, unknown>>)[name];
}
