import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { LimitsConfig } from '../../config/index.js';

/** The limits of a request that its text alone shows. */
export type DocumentLimits = Pick<LimitsConfig, 'tokens' | 'depth' | 'aliases' | 'rootFields' | 'directives'>;

/** Which limit a request goes beyond, and by how much. */
export interface Excess {
  readonly limited:
    'tokens' | 'depth' | 'nesting' | 'aliases' | 'rootFields' | 'repeats' | 'directives' | 'ids' | 'cost';
  readonly limit: number;
  /** What it was reckoned to come to, at least. */
  readonly estimate: number;
}

/**
 * The full introspection query asks for types of types many levels deep; graphql-js has a rule of its own
 * against introspection that multiplies.
 */
const INTROSPECTION_DEPTH = 25;

/**
 * Beyond the depth of fields: fragments inside fragments, lists inside lists. What works through them calls
 * itself at each level, and its stack has an end.
 */
const NESTING = 200;

/** The same field in the same place; validation compares each of them with each other one. */
const MAX_REPEATS = 100;

/** How deeply anything may be nested in a document. */
export function mostNesting({ depth }: Pick<DocumentLimits, 'depth'>): number {
  return depth + NESTING;
}

/** The first limit that a document goes beyond, or `null`. Takes time in proportion to its length. */
export function excessOf(document: DocumentNode, limits: DocumentLimits): Excess | null {
  let aliases = 0;
  let directives = 0;
  const values = new Nesting();
  const types = new Nesting();
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
      if (node.alias !== undefined) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
    ListValue: values.visitor,
    ObjectValue: values.visitor,
    ListType: types.visitor,
  });
  const measures = new Measures(fragments);
  const nesting = mostNesting(limits);
  const found: Excess[] = [
    { limited: 'nesting', limit: nesting, estimate: Math.max(values.deepest, types.deepest) },
    { limited: 'aliases', limit: limits.aliases, estimate: aliases },
    { limited: 'directives', limit: limits.directives, estimate: directives },
  ];
  for (const { selectionSet } of operations) {
    const { fields, depth, introspectionDepth, levels } = measures.of(selectionSet);
    const beyond = introspectionDepth - INTROSPECTION_DEPTH;
    found.push(
      { limited: 'rootFields', limit: limits.rootFields, estimate: fields },
      { limited: 'depth', limit: limits.depth, estimate: Math.max(depth, limits.depth + beyond) },
      { limited: 'nesting', limit: nesting, estimate: levels },
    );
  }
  // Those that no operation uses are validated too.
  for (const name of fragments.keys()) {
    found.push({ limited: 'nesting', limit: nesting, estimate: measures.ofFragment(name).levels });
  }
  found.push({ limited: 'repeats', limit: MAX_REPEATS, estimate: measures.mostRepeats });
  return found.find(({ limit, estimate }) => estimate > limit) ?? null;
}

/** How deeply nodes of one kind stand inside one another. */
class Nesting {
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

interface Measure {
  /** Directly in the selection set, fragments included. */
  readonly fields: number;
  /** Levels of fields, this one included. */
  readonly depth: number;
  /** The same, below `__schema` and `__type`. */
  readonly introspectionDepth: number;
  /** Levels of selection sets, those of fragments included. */
  readonly levels: number;
}

const NOTHING: Measure = { fields: 0, depth: 0, introspectionDepth: 0, levels: 0 };

/** Measures selection sets, each fragment once however often it is spread. */
class Measures {
  /** The largest number of fields with the same name in one place, inline fragments included. */
  mostRepeats = 0;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #measured = new Map<string, Measure>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  /** @param names how often each field was seen in the same place */
  of(set: SelectionSetNode | undefined, names = new Map<string, number>()): Measure {
    if (set === undefined) return NOTHING;
    let { fields, depth, introspectionDepth, levels } = NOTHING;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        this.#count(selection.alias?.value ?? selection.name.value, names);
        const below = this.of(selection.selectionSet);
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
      const spread =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.ofFragment(selection.name.value)
          : this.of(selection.selectionSet, names);
      fields += spread.fields;
      depth = Math.max(depth, spread.depth);
      introspectionDepth = Math.max(introspectionDepth, spread.introspectionDepth);
      levels = Math.max(levels, spread.levels);
    }
    return { fields, depth, introspectionDepth, levels: levels + 1 };
  }

  ofFragment(name: string): Measure {
    const measured = this.#measured.get(name);
    if (measured !== undefined) return measured;
    // A fragment inside itself measures nothing here; validation refuses it.
    this.#measured.set(name, NOTHING);
    const measure = this.of(this.#fragments.get(name)?.selectionSet);
    this.#measured.set(name, measure);
    return measure;
  }

  #count(name: string, names: Map<string, number>): void {
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    this.mostRepeats = Math.max(this.mostRepeats, count);
  }
}
