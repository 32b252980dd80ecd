import {
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { LimitsConfig } from '../../config/index.js';
import { argumentValues } from './argument-values.js';
import { ITEMS, TOP, placeBelow, placeOf, type Place, type SelectedField, type Sizes } from './place.js';
import { MAX_DAYS } from '../arguments.js';
import { WeightSum, type Weight } from './weight.js';
import { workOf } from './work.js';

/**
 * Maximum number of fields and fragments that are visited for an estimate. Those of a fragment count each time it is
 * spread. An operation with more is rejected.
 */
export const MAX_FIELDS = 10_000;

/** Assumed length of lists that neither an argument nor a known number limits, such as those of introspection. */
export const DEFAULT_LENGTH = 10;

/** Number of states that a synchronization may have. */
const SYNC_STATUSES = 5;

/** An operation has more than `MAX_FIELDS` fields. */
export class TooManyFieldsError extends Error {}

type Field = GraphQLField<unknown, unknown>;
type Args = Readonly<Record<string, unknown>>;

/** A field of the document with its arguments. */
interface ResolvedField {
  readonly field: Field;
  /** `null`: the arguments do not fit the schema, so that execution reports an error instead of resolving the field. */
  readonly args: Args | null;
  /** Size of the arguments, in values; `null` until it is needed. */
  values: number | null;
}

/** Estimates the weight of one operation. */
export class Weigher {
  readonly #schema: GraphQLSchema;
  readonly #variables: Record<string, unknown>;
  readonly #limits: Pick<LimitsConfig, 'first'>;
  readonly #sizes: Sizes;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** Fields of a fragment are visited each time it is spread. */
  readonly #resolved = new Map<FieldNode, ResolvedField>();
  /** At each place of references, the arguments with which their segments are selected. */
  readonly #segmentsOf = new Map<Place, Set<string>>();
  #visited = 0;

  /** @param variables coerced values */
  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Record<string, unknown>,
    limits: Pick<LimitsConfig, 'first'>,
    sizes: Sizes,
  ) {
    this.#schema = schema;
    this.#variables = variables;
    this.#limits = limits;
    this.#sizes = sizes;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  /** @throws TooManyFieldsError */
  weigh({ operation, selectionSet }: OperationDefinitionNode): Weight {
    const type = this.#schema.getRootType(operation);
    return type === null || type === undefined ? new WeightSum() : this.#ofSelection(type, selectionSet, TOP);
  }

  /** The weight of a selection; that of the type that weighs most where several are possible. */
  #ofSelection(type: GraphQLNamedType, set: SelectionSetNode, place: Place): Weight {
    const types = isAbstractType(type)
      ? this.#schema.getPossibleTypes(type)
      : isObjectType(type)
        ? [type]
        : [];
    const sums = new Map(types.map((possible) => [possible, new WeightSum()]));
    this.#addSelection(type, set, place, sums);
    const [only, ...others] = sums.values();
    return only !== undefined && others.length === 0 ? only : WeightSum.highest([...sums.values()]);
  }

  /** @param sums of the types to which the selection applies */
  #addSelection(
    type: GraphQLNamedType,
    { selections }: SelectionSetNode,
    place: Place,
    sums: ReadonlyMap<GraphQLObjectType, WeightSum>,
  ): void {
    for (const selection of selections) {
      if (++this.#visited > MAX_FIELDS) throw new TooManyFieldsError();
      if (!this.#isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const weight = this.#ofField(type, selection, place);
        for (const sum of sums.values()) sum.add(weight);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition;
      const narrowed = condition === undefined ? type : this.#schema.getType(condition.name.value);
      if (narrowed === undefined) continue;
      const applying = [...sums].filter(([possible]) => this.#includes(narrowed, possible));
      this.#addSelection(narrowed, fragment.selectionSet, place, new Map(applying));
    }
  }

  #includes(type: GraphQLNamedType, possible: GraphQLObjectType): boolean {
    return type === possible || (isAbstractType(type) && this.#schema.isSubType(type, possible));
  }

  #ofField(parent: GraphQLNamedType, node: FieldNode, selection: Place): Weight {
    const sum = new WeightSum();
    const resolved = this.#resolve(parent, node);
    if (resolved === null) return sum;
    const { field, args } = resolved;
    const place = placeOf(field.name, selection);
    const { objects } = place;
    sum.add({ cost: objects });
    // The arguments are read for each object anew.
    if (objects > 1) sum.add({ cost: (objects - 1) * (resolved.values ??= argumentValues(args)) });
    if (args === null) return sum;
    const type = getNamedType(field.type);
    const selected: SelectedField = {
      parent: parent.name,
      name: field.name,
      type: type.name,
      args,
      length: this.#lengthOf(field, args),
      isPage: hasLength(args) && !isListType(getNullableType(field.type)),
    };
    sum.add({ ids: objects * (idsOf(selected) + this.#furtherLookups(selected, selection)) });
    sum.add(workOf(selected, place, this.#sizes));
    if (node.selectionSet !== undefined && isCompositeType(type)) {
      sum.add(this.#ofSelection(type, node.selectionSet, placeBelow(place, selected, this.#sizes)));
    }
    return sum;
  }

  /**
   * Number of lookups of one object beyond those that its list has counted: references can be looked up under several names, each
   * time with other arguments. With the same ones, they are looked up once.
   */
  #furtherLookups({ parent, name, args }: SelectedField, place: Place): number {
    if (parent !== 'SegmentReference' || name !== 'segment') return 0;
    const known = this.#segmentsOf.get(place) ?? new Set();
    this.#segmentsOf.set(place, known);
    const key = JSON.stringify([args['idType'] ?? null, args['at'] ?? null]);
    const isFurther = known.size > 0 && !known.has(key);
    known.add(key);
    return isFurther ? 1 : 0;
  }

  #resolve(parent: GraphQLNamedType, node: FieldNode): ResolvedField | null {
    const known = this.#resolved.get(node);
    if (known !== undefined) return known;
    const field = this.#definitionOf(parent, node.name.value);
    if (field === undefined) return null;
    const resolved: ResolvedField = { field, args: this.#argsOf(field, node), values: null };
    this.#resolved.set(node, resolved);
    return resolved;
  }

  #definitionOf(parent: GraphQLNamedType, name: string): Field | undefined {
    switch (name) {
      case TypeNameMetaFieldDef.name:
        return TypeNameMetaFieldDef as Field;
      case SchemaMetaFieldDef.name:
        return SchemaMetaFieldDef as Field;
      case TypeMetaFieldDef.name:
        return TypeMetaFieldDef as Field;
      default:
        return isObjectType(parent) || isInterfaceType(parent)
          ? (parent.getFields()[name] as Field)
          : undefined;
    }
  }

  #argsOf(field: Field, node: FieldNode): Args | null {
    try {
      return getArgumentValues(field, node, this.#variables);
    } catch (error) {
      if (error instanceof GraphQLError) return null;
      throw error;
    }
  }

  #isIncluded(node: SelectionNode): boolean {
    if (node.directives === undefined || node.directives.length === 0) return true;
    try {
      if (getDirectiveValues(GraphQLSkipDirective, node, this.#variables)?.['if'] === true) return false;
      return getDirectiveValues(GraphQLIncludeDirective, node, this.#variables)?.['if'] !== false;
    } catch (error) {
      // Execution reports a directive whose arguments do not fit.
      if (error instanceof GraphQLError) return true;
      throw error;
    }
  }

  /** Maximum length of the list that a field returns; 1 if it is no list, and for an empty one. */
  #lengthOf(field: Field, args: Args): number {
    const { first } = args;
    if (typeof first === 'number') {
      // The resolver rejects values outside of this range.
      const page = Math.min(Math.max(first, 1), this.#limits.first);
      return Math.max(1, Math.min(page, this.#countOf(field)));
    }
    const ids = idListOf(args);
    if (ids !== null) return Math.max(1, ids.length);
    if (!isListType(getNullableType(field.type))) return 1;
    // The length of the lists of a page was counted at the field that returns the page.
    if (ITEMS.has(field.name)) return 1;
    if (field.name === 'changesByDay') return daysOf(args);
    if (field.name === 'statusCounts') return SYNC_STATUSES;
    if (field.name === 'destinations') return Math.max(1, this.#sizes.destinations());
    if (field.name === 'unread') return Math.max(1, this.#sizes.allDestinations());
    return DEFAULT_LENGTH;
  }

  /** How many items there are at most for the pages that a field returns. */
  #countOf({ name }: Field): number {
    if (name === 'customers') return this.#sizes.customers();
    return name === 'destinations' ? this.#sizes.allDestinations() : Number.POSITIVE_INFINITY;
  }
}

/** Whether the arguments say how long the list is that the field returns. */
function hasLength(args: Args): boolean {
  return typeof args['first'] === 'number' || idListOf(args) !== null;
}

/** Number of IDs that a field looks up. */
function idsOf({ name, args }: SelectedField): number {
  // `SegmentLookup.segment` and other fields without an ID look nothing up.
  const isLookup = args['segmentId'] !== undefined || name === 'node';
  return idListOf(args)?.length ?? (isLookup ? 1 : 0);
}

/** Number of days that a field is asked for. The resolver rejects more. */
function daysOf({ days }: Args): number {
  return Math.min(Math.max(typeof days === 'number' ? days : 1, 1), MAX_DAYS);
}

/** The list of IDs, keys or representations that a field looks up; `null` if it takes none. */
function idListOf({ segmentIds, keys, ids, representations }: Args): readonly unknown[] | null {
  const list = segmentIds ?? keys ?? ids ?? representations;
  return Array.isArray(list) ? list : null;
}
