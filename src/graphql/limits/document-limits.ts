import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { LimitsConfig } from '../../config/index.js';
import type { Excess } from './excess.js';

/** The limits that can be checked on the document alone, without schema and variables. */
export type DocumentLimits = Pick<LimitsConfig, 'tokens' | 'depth' | 'aliases' | 'rootFields' | 'directives'>;

/**
 * Maximum depth of fields below `__schema` and `__type`. The standard introspection query selects types of types many
 * levels deep; graphql-js itself rejects introspection whose lists multiply.
 */
const MAX_INTROSPECTION_DEPTH = 25;

/**
 * Levels of fragments, lists and objects that are allowed in addition to the depth of fields. Parser and validation
 * recurse once per level, so unlimited nesting would overflow the stack.
 */
const EXTRA_NESTING = 200;

/**
 * Maximum number of fields with the same response name in one selection. Validation compares each of them with each
 * other, so its time grows with the square of this number.
 */
const MAX_REPEATS = 100;

/** Maximum length of an alias, in characters. Each object of a list repeats it. */
const MAX_ALIAS_LENGTH = 200;

/** Maximum levels of nested selections, lists or objects in a document. */
export function maxNesting({ depth }: Pick<DocumentLimits, 'depth'>): number {
  return depth + EXTRA_NESTING;
}

/** Finds the first limit that a document exceeds, or `null`. Takes time proportional to the document's length. */
export function documentExcess(document: DocumentNode, limits: DocumentLimits): Excess | null {
  let aliases = 0;
  let aliasLength = 0;
  let directives = 0;
  const values = new NestingCounter();
  const types = new NestingCounter();
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  visit(document, {
    FragmentDefinition: (node) => {
      fragments.set(node.name.value, node);
    },
    OperationDefinition: (node) => {
      operations.push(node);
    },
    Field: (node) => {
      if (node.alias === undefined) return;
      aliases += 1;
      aliasLength = Math.max(aliasLength, node.alias.value.length);
    },
    Directive: () => {
      directives += 1;
    },
    ListValue: values.visitor,
    ObjectValue: values.visitor,
    ListType: types.visitor,
  });
  const measurer = new SelectionMeasurer(fragments);
  const nesting = maxNesting(limits);
  const checks: Excess[] = [
    { limited: 'nesting', limit: nesting, estimate: Math.max(values.deepest, types.deepest) },
    { limited: 'aliases', limit: limits.aliases, estimate: aliases },
    { limited: 'aliasLength', limit: MAX_ALIAS_LENGTH, estimate: aliasLength },
    { limited: 'directives', limit: limits.directives, estimate: directives },
  ];
  for (const { selectionSet } of operations) {
    const { fields, depth, introspectionDepth, levels } = measurer.measure(selectionSet);
    const tooDeep = introspectionDepth - MAX_INTROSPECTION_DEPTH;
    checks.push(
      { limited: 'rootFields', limit: limits.rootFields, estimate: fields },
      { limited: 'depth', limit: limits.depth, estimate: Math.max(depth, limits.depth + tooDeep) },
      { limited: 'nesting', limit: nesting, estimate: levels },
    );
  }
  // Validation also processes fragments that no operation uses.
  for (const name of fragments.keys()) {
    checks.push({ limited: 'nesting', limit: nesting, estimate: measurer.measureFragment(name).levels });
  }
  checks.push({ limited: 'repeats', limit: MAX_REPEATS, estimate: measurer.maxRepeats });
  return checks.find(({ limit, estimate }) => estimate > limit) ?? null;
}

/** Measures how deeply nodes of some kinds are nested in one another. */
class NestingCounter {
  deepest = 0;
  #level = 0;

  readonly visitor = {
    enter: (): void => {
      this.#level += 1;
      this.deepest = Math.max(this.deepest, this.#level);
    },
    leave: (): void => {
      this.#level -= 1;
    },
  };
}

/** Size of one selection set. */
interface Measure {
  /** Number of fields directly in the selection set, including those of fragments. */
  readonly fields: number;
  /** Levels of fields, excluding those below `__schema` and `__type`. */
  readonly depth: number;
  /** Levels of fields below `__schema` and `__type`. */
  readonly introspectionDepth: number;
  /** Levels of selection sets, including those of fragments. */
  readonly levels: number;
}

const EMPTY: Measure = { fields: 0, depth: 0, introspectionDepth: 0, levels: 0 };

/** Measures selection sets. Each fragment is measured once, however often it is spread. */
class SelectionMeasurer {
  /** Highest number of fields with the same response name in one selection, including inline fragments. */
  maxRepeats = 0;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #measured = new Map<string, Measure>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  /** @param names number of fields by response name in the same selection; shared with inline fragments */
  measure(set: SelectionSetNode | undefined, names = new Map<string, number>()): Measure {
    if (set === undefined) return EMPTY;
    let { fields, depth, introspectionDepth, levels } = EMPTY;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        this.#countName(selection.alias?.value ?? selection.name.value, names);
        const below = this.measure(selection.selectionSet);
        fields += 1;
        levels = Math.max(levels, below.levels);
        if (selection.name.value === '__schema' || selection.name.value === '__type') {
          introspectionDepth = Math.max(introspectionDepth, 1 + below.depth);
        } else {
          depth = Math.max(depth, 1 + below.depth);
          introspectionDepth = Math.max(introspectionDepth, below.introspectionDepth);
        }
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.measureFragment(selection.name.value)
          : this.measure(selection.selectionSet, names);
      fields += fragment.fields;
      depth = Math.max(depth, fragment.depth);
      introspectionDepth = Math.max(introspectionDepth, fragment.introspectionDepth);
      levels = Math.max(levels, fragment.levels);
    }
    return { fields, depth, introspectionDepth, levels: levels + 1 };
  }

  measureFragment(name: string): Measure {
    const measured = this.#measured.get(name);
    if (measured !== undefined) return measured;
    // A fragment that contains itself counts as empty, which ends the recursion; validation rejects it later.
    this.#measured.set(name, EMPTY);
    const measure = this.measure(this.#fragments.get(name)?.selectionSet);
    this.#measured.set(name, measure);
    return measure;
  }

  #countName(name: string, names: Map<string, number>): void {
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    this.maxRepeats = Math.max(this.maxRepeats, count);
  }
}
