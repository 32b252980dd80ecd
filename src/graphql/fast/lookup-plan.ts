import {
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
  type ValueNode,
} from 'graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { OwnerField, RowField, RowOwner, RowShape } from './segment-json.js';

type Variables = Readonly<Record<string, unknown>>;

/** Finds an argument's value; `UNFIT` where execution must look at it more closely. */
export type ArgumentSource = (variables: Variables) => unknown;

/** Stands for a value that is not plainly of its type. */
export const UNFIT = Symbol('unfit');

export const ROOT_FIELDS = ['segment', 'segments', 'segmentsByKey'] as const;
export type RootField = (typeof ROOT_FIELDS)[number];

/** One field at the top of an operation. */
export interface PlannedField {
  readonly key: string;
  readonly name: RootField;
  readonly args: ReadonlyMap<string, ArgumentSource>;
  readonly shape: RowShape;
  /** The same for the same shape. */
  readonly shapeKey: string;
  /** Values in a row, owners and their fields included, those asked for twice counted twice. */
  readonly cost: number;
}

/** What an operation asks for, where it asks for nothing but segments by their IDs. */
export interface SegmentPlan {
  readonly fields: readonly PlannedField[];
}

const LEAVES: ReadonlySet<string> = new Set<RowField['name']>([
  'id',
  'sid',
  'alias',
  'name',
  'label',
  'description',
  'status',
  'startDate',
  'endDate',
  'createdAt',
  'updatedAt',
  'source',
  'asOf',
  'stale',
  '__typename',
]);

const OWNER_FIELDS: Readonly<Record<RowOwner['name'], ReadonlySet<string>>> = {
  destination: new Set<OwnerField>([
    'id',
    'name',
    'segmentIdType',
    'type',
    'description',
    'active',
    '__typename',
  ]),
  customer: new Set<OwnerField>(['id', 'name', '__typename']),
};

/** Arguments that are lists. */
const LISTS: ReadonlySet<string> = new Set(['ids', 'keys']);

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** The plan of a valid query, or `null` where it asks for anything but segments by ID. */
export function planOf(operation: OperationDefinitionNode, fragments: Fragments): SegmentPlan | null {
  const { variableDefinitions = [], directives = [] } = operation;
  if (directives.length > 0) return null;
  const types = new Map<string, TypeNode>();
  for (const { variable, type, defaultValue } of variableDefinitions) {
    if (defaultValue !== undefined) return null;
    types.set(variable.name.value, type);
  }
  const roots = collect(operation.selectionSet, fragments);
  if (roots === null) return null;
  const fields: PlannedField[] = [];
  for (const root of roots) {
    const name = ROOT_FIELDS.find((field) => field === root.name.value);
    const shape = name === undefined ? null : shapeOf(root.selectionSet, fragments);
    const args = argumentsOf(root, types);
    if (name === undefined || shape === null || args === null) return null;
    const cost = countFields(root.selectionSet, fragments);
    fields.push({ key: keyOf(root), name, args, shape, shapeKey: JSON.stringify(shape), cost });
  }
  return { fields };
}

/** The fields of a selection set with those of its fragments, or `null` where that is not plain. */
function collect(set: SelectionSetNode, fragments: Fragments): FieldNode[] | null {
  const fields = new Map<string, FieldNode>();
  const gather = ({ selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if ((selection.directives ?? []).length > 0) return false;
      if (selection.kind === Kind.FIELD) {
        const known = fields.get(keyOf(selection));
        // Two that are merged: leaves are the same, others would have to be put together.
        if (known !== undefined) return selection.selectionSet === undefined;
        fields.set(keyOf(selection), selection);
        return true;
      }
      // Every type here is an object type, so that a fragment that is valid fits.
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      return inner !== undefined && (inner.directives ?? []).length === 0 && gather(inner.selectionSet);
    });
  return gather(set) ? [...fields.values()] : null;
}

function shapeOf(set: SelectionSetNode | undefined, fragments: Fragments): RowShape | null {
  const nodes = set === undefined ? null : collect(set, fragments);
  if (nodes === null) return null;
  const shape: (RowField | RowOwner)[] = [];
  for (const node of nodes) {
    const name = node.name.value;
    const key = keyOf(node);
    if (LEAVES.has(name)) {
      shape.push({ kind: 'leaf', key, name: name as RowField['name'] });
    } else if (name === 'destination' || name === 'customer') {
      const inner = node.selectionSet === undefined ? null : collect(node.selectionSet, fragments);
      if (inner?.every((field) => OWNER_FIELDS[name].has(field.name.value)) !== true) return null;
      const fields = inner.map((field) => ({ key: keyOf(field), name: field.name.value as OwnerField }));
      shape.push({ kind: 'owner', key, name, fields });
    } else return null;
  }
  return shape;
}

/** As the cost of an operation is reckoned before it is executed. */
function countFields(set: SelectionSetNode | undefined, fragments: Fragments): number {
  let count = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) count += 1 + countFields(selection.selectionSet, fragments);
    else if (selection.kind === Kind.INLINE_FRAGMENT) count += countFields(selection.selectionSet, fragments);
    else count += countFields(fragments.get(selection.name.value)?.selectionSet, fragments);
  }
  return count;
}

function argumentsOf(
  field: FieldNode,
  types: ReadonlyMap<string, TypeNode>,
): ReadonlyMap<string, ArgumentSource> | null {
  const sources = new Map<string, ArgumentSource>();
  for (const { name, value } of field.arguments ?? []) {
    const source = sourceOf(value, types);
    if (source === null) return null;
    // One value stands for a list of it; taken as it is, a text would be a list of characters.
    if (LISTS.has(name.value) && value.kind !== Kind.LIST && value.kind !== Kind.VARIABLE) return null;
    sources.set(name.value, source);
  }
  return sources;
}

function sourceOf(node: ValueNode, types: ReadonlyMap<string, TypeNode>): ArgumentSource | null {
  switch (node.kind) {
    case Kind.VARIABLE: {
      const name = node.name.value;
      const type = types.get(name);
      if (type === undefined) return null;
      const coerce = coercion(type);
      return coerce === null
        ? null
        : (variables) => (Object.hasOwn(variables, name) ? coerce(variables[name]) : coerce(undefined));
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

/** What a variable of this type comes to, where that is plain to see. */
function coercion(type: TypeNode): Coercion | null {
  if (type.kind === Kind.NON_NULL_TYPE) {
    const inner = coercion(type.type);
    return inner === null ? null : (value) => (value === null || value === undefined ? UNFIT : inner(value));
  }
  if (type.kind === Kind.LIST_TYPE) {
    const inner = coercion(type.type);
    if (inner === null) return null;
    return (value) => {
      if (value === null || value === undefined) return null;
      if (!Array.isArray(value)) return UNFIT;
      const items = value.map(inner);
      return items.includes(UNFIT) ? UNFIT : items;
    };
  }
  return COERCIONS[type.name.value] ?? null;
}

const COERCIONS: Readonly<Record<string, Coercion | undefined>> = {
  ID: (value) => {
    if (typeof value === 'string' || value === null || value === undefined) return value ?? null;
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : UNFIT;
  },
  SegmentIdType: (value) =>
    isIdType(value) || value === null || value === undefined ? (value ?? null) : UNFIT,
  SegmentKey: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return UNFIT;
    const { customerId, destinationId, id, idType, ...others } = value as Record<string, unknown>;
    const isPlain =
      typeof customerId === 'string' &&
      typeof destinationId === 'string' &&
      typeof id === 'string' &&
      (idType === undefined || idType === null || isIdType(idType));
    for (const _ in others) return UNFIT;
    return isPlain ? value : UNFIT;
  },
  DateTime: (value) => (value === null || value === undefined ? null : UNFIT),
};

function isIdType(value: unknown): value is SegmentIdType {
  return value === 'MAPPING_ID' || value === 'SID' || value === 'ALIAS';
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}
