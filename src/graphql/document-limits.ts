import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { LimitsConfig } from '../config/index.js';

/** The limits of a request that its text alone shows. */
export type DocumentLimits = Pick<LimitsConfig, 'tokens' | 'depth' | 'aliases' | 'rootFields' | 'directives'>;

/** Which limit a request goes beyond, and by how much. */
export interface Excess {
  readonly limited: 'tokens' | 'depth' | 'aliases' | 'rootFields' | 'directives' | 'ids' | 'cost';
  readonly limit: number;
  /** What it was reckoned to come to, at least. */
  readonly estimate: number;
}

/**
 * The full introspection query asks for types of types many levels deep; graphql-js has a rule of its own
 * against introspection that multiplies.
 */
const INTROSPECTION_DEPTH = 25;

/** The first limit that a document goes beyond, or `null`. Takes time in proportion to its length. */
export function excessOf(document: DocumentNode, limits: DocumentLimits): Excess | null {
  let aliases = 0;
  let directives = 0;
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
  });
  const measures = new Measures(fragments);
  const found: Excess[] = [
    { limited: 'aliases', limit: limits.aliases, estimate: aliases },
    { limited: 'directives', limit: limits.directives, estimate: directives },
  ];
  for (const { selectionSet } of operations) {
    const { fields, depth, introspectionDepth } = measures.of(selectionSet);
    const beyond = introspectionDepth - INTROSPECTION_DEPTH;
    found.push(
      { limited: 'rootFields', limit: limits.rootFields, estimate: fields },
      { limited: 'depth', limit: limits.depth, estimate: Math.max(depth, limits.depth + beyond) },
    );
  }
  return found.find(({ limit, estimate }) => estimate > limit) ?? null;
}

interface Measure {
  /** Directly in the selection set, fragments included. */
  readonly fields: number;
  /** Levels of fields, this one included. */
  readonly depth: number;
  /** The same, below `__schema` and `__type`. */
  readonly introspectionDepth: number;
}

const NOTHING: Measure = { fields: 0, depth: 0, introspectionDepth: 0 };

/** Measures selection sets, each fragment once however often it is spread. */
class Measures {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #measured = new Map<string, Measure>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  of(set: SelectionSetNode | undefined): Measure {
    if (set === undefined) return NOTHING;
    let { fields, depth, introspectionDepth } = NOTHING;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const below = this.of(selection.selectionSet);
        fields += 1;
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
          ? this.#fragment(selection.name.value)
          : this.of(selection.selectionSet);
      fields += spread.fields;
      depth = Math.max(depth, spread.depth);
      introspectionDepth = Math.max(introspectionDepth, spread.introspectionDepth);
    }
    return { fields, depth, introspectionDepth };
  }

  #fragment(name: string): Measure {
    const measured = this.#measured.get(name);
    if (measured !== undefined) return measured;
    // A fragment inside itself measures nothing here; validation refuses it.
    this.#measured.set(name, NOTHING);
    const measure = this.of(this.#fragments.get(name)?.selectionSet);
    this.#measured.set(name, measure);
    return measure;
  }
}
