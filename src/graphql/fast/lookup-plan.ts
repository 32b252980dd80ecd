import {
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { DEFAULT_LENGTH } from '../limits/weigher.js';
import { argumentSources, type ArgumentSource } from './argument-values.js';
import type { LeafField, LeafFields } from './leaf-fields.js';

/** Root fields that look up segments by their IDs. */
const ROOT_FIELDS = ['segment', 'segments', 'segmentsByKey', 'lookupSegments'] as const;
type RootField = (typeof ROOT_FIELDS)[number];

/** A scalar or enum field of a segment in the response. */
interface LeafPart {
  readonly kind: 'leaf';
  /** The field's name in the response. */
  readonly key: string;
  readonly leaf: LeafField;
}

/** The destination or customer of a segment in the response. All segments of a destination share this part. */
export interface ParentPart {
  readonly kind: 'parent';
  readonly key: string;
  readonly parent: 'destination' | 'customer';
  readonly fields: readonly { readonly key: string; readonly leaf: LeafField }[];
}

/** The fields of a SegmentLookup that a lookup of a found segment has, besides `segment`. */
const LOOKUP_VALUES = ['customerId', 'destinationId', 'segmentId', 'idType'] as const;

/** What `lookupSegments` returns of a key whose segment is found: a text that is always the same, or a value. */
export type LookupPart =
  | { readonly kind: 'fixed'; readonly key: string; readonly json: string }
  | { readonly kind: 'value'; readonly key: string; readonly value: (typeof LOOKUP_VALUES)[number] }
  | { readonly kind: 'segment'; readonly key: string };

/** The fields that are selected of each segment, in order. */
export interface SegmentShape {
  readonly parts: readonly (LeafPart | ParentPart)[];
  readonly parents: readonly ParentPart[];
  /** The fields selected of the SegmentLookup that holds the segment, in order; `null`: the segment stands alone. */
  readonly lookup: readonly LookupPart[] | null;
  /** Equal for equal shapes. */
  readonly key: string;
}

/** One root field of an operation. */
export interface PlannedField {
  /** The field's name in the response. */
  readonly key: string;
  readonly name: RootField;
  readonly args: ReadonlyMap<string, ArgumentSource>;
  readonly shape: SegmentShape;
  /** Number of selected fields per segment, as limits/cost.ts counts them: nested and repeated fields included. */
  readonly cost: number;
}

/** How to answer an operation that only looks up segments by their IDs. */
export interface LookupPlan {
  readonly fields: readonly PlannedField[];
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Compiles a valid query.
 *
 * @returns `null` where the query uses something that the fast path does not support: other root fields, directives,
 *   default values, fields with arguments, nested objects other than a segment's destination and customer
 */
export function compileLookupPlan(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  leafFields: LeafFields,
): LookupPlan | null {
  const { variableDefinitions = [], directives = [] } = operation;
  if (directives.length > 0) return null;
  const types = new Map<string, TypeNode>();
  for (const { variable, type, defaultValue } of variableDefinitions) {
    if (defaultValue !== undefined) return null;
    types.set(variable.name.value, type);
  }
  const roots = collectFields(operation.selectionSet, fragments);
  if (roots === null) return null;
  const fields: PlannedField[] = [];
  for (const root of roots) {
    const name = ROOT_FIELDS.find((field) => field === root.name.value);
    const args = argumentSources(root, types);
    if (name === undefined || args === null) return null;
    const compile = name === 'lookupSegments' ? lookupShapeOf : shapeOf;
    const shape = compile(root.selectionSet, fragments, leafFields);
    if (shape === null) return null;
    fields.push({ key: keyOf(root), name, args, shape, cost: countFields(root.selectionSet, fragments) });
  }
  return { fields };
}

/** Compiles the selection of `lookupSegments`; `null` where it selects segments in several shapes. */
function lookupShapeOf(
  set: SelectionSetNode | undefined,
  fragments: Fragments,
  leafFields: LeafFields,
): SegmentShape | null {
  const nodes = set === undefined ? null : collectFields(set, fragments);
  if (nodes === null) return null;
  const lookup: LookupPart[] = [];
  let segment: SegmentShape | null = null;
  for (const node of nodes) {
    const key = keyOf(node);
    const name = node.name.value;
    const value = LOOKUP_VALUES.find((field) => field === name);
    const json = FOUND_VALUES[name];
    if (value !== undefined) lookup.push({ kind: 'value', key, value });
    else if (json !== undefined) lookup.push({ kind: 'fixed', key, json });
    else if (name === 'segment' && segment === null) {
      segment = shapeOf(node.selectionSet, fragments, leafFields);
      if (segment === null) return null;
      lookup.push({ kind: 'segment', key });
    } else return null;
  }
  const { parts = [], parents = [] } = segment ?? {};
  return { parts, parents, lookup, key: JSON.stringify([parts, lookup]) };
}

/** The JSON of the fields of a SegmentLookup that are the same for each segment that is found. */
const FOUND_VALUES: Readonly<Record<string, string | undefined>> = {
  __typename: '"SegmentLookup"',
  status: '"FOUND"',
  candidates: '[]',
  error: 'null',
};

/**
 * The fields of a selection set and of the fragments in it, in the order of the response.
 *
 * @returns `null` where a selection has a directive, or two selections of an object would have to be merged
 */
function collectFields(set: SelectionSetNode, fragments: Fragments): FieldNode[] | null {
  const fields = new Map<string, FieldNode>();
  const gather = ({ selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if ((selection.directives ?? []).length > 0) return false;
      if (selection.kind === Kind.FIELD) {
        const known = fields.get(keyOf(selection));
        // A leaf that is selected twice appears once in the response.
        if (known !== undefined) return selection.selectionSet === undefined;
        fields.set(keyOf(selection), selection);
        return true;
      }
      // These fields return objects and no interfaces, so the type condition of a valid fragment always applies.
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      return inner !== undefined && (inner.directives ?? []).length === 0 && gather(inner.selectionSet);
    });
  return gather(set) ? [...fields.values()] : null;
}

function shapeOf(
  set: SelectionSetNode | undefined,
  fragments: Fragments,
  leafFields: LeafFields,
): SegmentShape | null {
  const nodes = set === undefined ? null : collectFields(set, fragments);
  if (nodes === null) return null;
  const parts: (LeafPart | ParentPart)[] = [];
  for (const node of nodes) {
    const leaf = leafFields.segment.get(node.name.value);
    const part =
      leaf === undefined
        ? parentPart(node, fragments, leafFields)
        : ({ kind: 'leaf', key: keyOf(node), leaf } as const);
    if (part === null) return null;
    parts.push(part);
  }
  const parents = parts.filter((part) => part.kind === 'parent');
  // Functions are left out of JSON: the text holds the keys and names of all fields, in order.
  return { parts, parents, lookup: null, key: JSON.stringify(parts) };
}

function parentPart(node: FieldNode, fragments: Fragments, leafFields: LeafFields): ParentPart | null {
  const parent = node.name.value;
  if (parent !== 'destination' && parent !== 'customer') return null;
  const nodes = node.selectionSet === undefined ? null : collectFields(node.selectionSet, fragments);
  if (nodes === null) return null;
  const fields: { key: string; leaf: LeafField }[] = [];
  for (const field of nodes) {
    const leaf = leafFields[parent].get(field.name.value);
    if (leaf === undefined) return null;
    fields.push({ key: keyOf(field), leaf });
  }
  return { kind: 'parent', key: keyOf(node), parent, fields };
}

function countFields(set: SelectionSetNode | undefined, fragments: Fragments): number {
  let count = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) {
      count += 1 + lengthOf(selection) * countFields(selection.selectionSet, fragments);
    } else if (selection.kind === Kind.INLINE_FRAGMENT)
      count += countFields(selection.selectionSet, fragments);
    else count += countFields(fragments.get(selection.name.value)?.selectionSet, fragments);
  }
  return count;
}

/** The length of a field's list, as limits/cost.ts assumes it. */
function lengthOf({ name }: FieldNode): number {
  return name.value === 'candidates' ? DEFAULT_LENGTH : 1;
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}
