import { Kind, type FieldNode, type TypeNode, type ValueNode } from 'graphql';
import type { SegmentIdType } from '../../config/index.js';

/** The variables of one request. */
export type Variables = Readonly<Record<string, unknown>>;

/** Returns an argument's value; `UNSUPPORTED` where the full path has to coerce or refuse the value. */
export type ArgumentSource = (variables: Variables) => unknown;

/** Stands for a value that the fast path does not coerce. */
export const UNSUPPORTED = Symbol('unsupported');

/** The arguments that the fast path understands. A field with any other argument is left to the full path. */
const ARGUMENTS: ReadonlySet<string> = new Set([
  'customerId',
  'destinationId',
  'segmentId',
  'segmentIds',
  'keys',
  'idType',
  'at',
]);

/** Arguments whose type is a list. */
const LIST_ARGUMENTS: ReadonlySet<string> = new Set(['segmentIds', 'keys']);

/**
 * The sources of a field's arguments, by name.
 *
 * @param types the types of the operation's variables, by name
 * @returns `null` where the fast path does not support an argument
 */
export function argumentSources(
  field: FieldNode,
  types: ReadonlyMap<string, TypeNode>,
): ReadonlyMap<string, ArgumentSource> | null {
  const sources = new Map<string, ArgumentSource>();
  for (const { name, value } of field.arguments ?? []) {
    const source = ARGUMENTS.has(name.value) ? sourceOf(value, types) : null;
    if (source === null) return null;
    // GraphQL turns a single literal into a list of one item. The full path does that.
    if (LIST_ARGUMENTS.has(name.value) && value.kind !== Kind.LIST && value.kind !== Kind.VARIABLE) {
      return null;
    }
    sources.set(name.value, source);
  }
  return sources;
}

function sourceOf(node: ValueNode, types: ReadonlyMap<string, TypeNode>): ArgumentSource | null {
  switch (node.kind) {
    case Kind.VARIABLE: {
      const name = node.name.value;
      const type = types.get(name);
      const coerce = type === undefined ? null : coercionOf(type);
      if (coerce === null) return null;
      return (variables) => (Object.hasOwn(variables, name) ? coerce(variables[name]) : coerce(undefined));
    }
    case Kind.STRING:
    case Kind.INT:
    case Kind.ENUM: {
      const { value } = node;
      return () => value;
    }
    case Kind.NULL:
      return () => null;
    case Kind.LIST: {
      const items = node.values.map((item) =>
        item.kind === Kind.STRING || item.kind === Kind.INT ? item.value : null,
      );
      return items.includes(null) ? null : () => items;
    }
    case Kind.BOOLEAN:
    case Kind.FLOAT:
    case Kind.OBJECT:
      return null;
  }
}

type Coercion = (value: unknown) => unknown;

/** Coerces values of a variable's type, `undefined` standing for a missing value; `null` for a type not supported. */
function coercionOf(type: TypeNode): Coercion | null {
  if (type.kind === Kind.NON_NULL_TYPE) {
    const inner = coercionOf(type.type);
    if (inner === null) return null;
    return (value) => (value === null || value === undefined ? UNSUPPORTED : inner(value));
  }
  if (type.kind === Kind.LIST_TYPE) {
    const inner = coercionOf(type.type);
    if (inner === null) return null;
    return (value) => {
      if (value === null || value === undefined) return null;
      if (!Array.isArray(value)) return UNSUPPORTED;
      const items = value.map(inner);
      return items.includes(UNSUPPORTED) ? UNSUPPORTED : items;
    };
  }
  return COERCIONS[type.name.value] ?? null;
}

const COERCIONS: Readonly<Record<string, Coercion | undefined>> = {
  ID: (value) => {
    if (typeof value === 'string' || value === null || value === undefined) return value ?? null;
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : UNSUPPORTED;
  },
  SegmentIdType: (value) =>
    isIdType(value) || value === null || value === undefined ? (value ?? null) : UNSUPPORTED,
  SegmentKey: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return UNSUPPORTED;
    for (const name in value) if (!KEY_FIELDS.has(name)) return UNSUPPORTED;
    const { customerId, destinationId, segmentId, idType } = value as Record<string, unknown>;
    const isSupported =
      (customerId === undefined || customerId === null || typeof customerId === 'string') &&
      typeof destinationId === 'string' &&
      typeof segmentId === 'string' &&
      (idType === undefined || idType === null || isIdType(idType));
    return isSupported ? value : UNSUPPORTED;
  },
  DateTime: (value) => (value === null || value === undefined ? null : UNSUPPORTED),
};

const KEY_FIELDS: ReadonlySet<string> = new Set(['customerId', 'destinationId', 'segmentId', 'idType']);

const ID_TYPES: ReadonlySet<unknown> = new Set<SegmentIdType>([
  'AUTO',
  'SID',
  'MAPPING_ID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
]);

function isIdType(value: unknown): value is SegmentIdType {
  return ID_TYPES.has(value);
}
