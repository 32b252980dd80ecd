import fc from 'fast-check';
import { segmentGlobalId } from '../../src/graphql/global-ids.js';

/** The destination that the operations are about: each of its segments has this ID and up. */
export const LARGE = { customerId: 'acme', destinationId: '314', size: 100_000, firstId: 1_000 } as const;

const PLACE = `customerId: "${LARGE.customerId}", destinationId: "${LARGE.destinationId}"`;

const TEXTS = ['e', 'a e i o', 'segment', 'segment 9', '99', 'zzz', '', 'a b c d e f g h i j'];

const LEAVES = 'id mappingId sid alias name label description status createdAt source asOf stale'.split(' ');

/** An operation, whose lists are as long as `scale` times what was drawn. */
export interface CostlyOperation {
  readonly query: string;
  /** @param scale above 0, at most 1 */
  readonly variables: (scale: number) => Record<string, unknown>;
}

/**
 * Valid operations that are large in every way that the schema offers: long lists of IDs and keys, large pages, searches,
 * histories and looks into the past, nested in one another and repeated under aliases.
 */
export const costlyOperations: fc.Arbitrary<CostlyOperation> = fc
  .gen()
  .map((draw) => new CostlyWriter(draw).operation());

/** Operations that took seconds to minutes once. */
export const knownCostlyOperations: readonly CostlyOperation[] = [
  known('segmentIds', 'destination { segments(first: 0, search: "e") { totalCount } }'),
  known('segmentIds', 'history(first: 0) { totalCount }', 22),
  known('segmentIds', 'name destination { segments(first: 0, search: "a e i o") { totalCount } }', 10),
].concat(
  ['', 'a e i o', 'e'].map((text) => ({
    query: `query ($v0: Int!) { searchSegments(text: "${text}", first: $v0) { totalCount nodes { id name history(first: 9) { nodes { name } } } } }`,
    variables: (scale) => ({ v0: Math.ceil(1_000 * scale) }),
  })),
);

/** An operation that selects the same of 10,000 segments several times. */
function known(kind: Variable['kind'], selection: string, times = 1): CostlyOperation {
  const selections = Array.from({ length: times }, (_, index) =>
    selection.replace(/(?=(history|destination)\b)/, `a${index}: `),
  );
  return {
    query: `query ($v0: [ID!]!) { segments(${PLACE}, segmentIds: $v0) { ${selections.join(' ')} } }`,
    variables: (scale) => ({ v0: valuesOf(kind, Math.ceil(10_000 * scale)) }),
  };
}

/** What a variable holds, and how much of it at most. */
interface Variable {
  readonly kind: 'segmentIds' | 'globalIds' | 'keys' | 'first';
  readonly length: number;
}

const TYPES: Readonly<Record<Variable['kind'], string>> = {
  segmentIds: '[ID!]!',
  globalIds: '[ID!]!',
  keys: '[SegmentKey!]!',
  first: 'Int!',
};

/** Writes one operation. */
class CostlyWriter {
  readonly #draw: fc.GeneratorValue;
  readonly #variables: Variable[] = [];
  /** Aliases that may still be used; the limit is 50. */
  #aliases = 45;

  constructor(draw: fc.GeneratorValue) {
    this.#draw = draw;
  }

  operation(): CostlyOperation {
    const selection = this.#repeated(() => this.#root());
    const variables = [...this.#variables];
    const declared = variables.map(({ kind }, index) => `$v${index}: ${TYPES[kind]}`).join(', ');
    return {
      query: `query${declared === '' ? '' : ` (${declared})`} { ${selection} }`,
      variables: (scale) =>
        Object.fromEntries(
          variables.map(({ kind, length }, index) => [
            `v${index}`,
            valuesOf(kind, Math.ceil(length * scale)),
          ]),
        ),
    };
  }

  #root(): string {
    switch (this.#upTo(6)) {
      case 0:
        return `segments(${PLACE}, segmentIds: $${this.#variable('segmentIds', 10_000)}) ${this.#segment(1)}`;
      case 1:
        return `segments(${PLACE}, segmentIds: $${this.#variable('segmentIds', 10_000)}, at: "${this.#moment()}") ${this.#segment(1)}`;
      case 2:
        return `segmentsByKey(keys: $${this.#variable('keys', 10_000)}) ${this.#segment(1)}`;
      case 3:
        return `lookupSegments(keys: $${this.#variable('keys', 10_000)}) { status idType segment ${this.#segment(2)} }`;
      case 4:
        return `searchSegments(text: "${this.#text()}", first: $${this.#variable('first', 1_000)}) ${this.#page(1)}`;
      case 5:
        return `nodes(ids: $${this.#variable('globalIds', 10_000)}) { id ... on Segment ${this.#segment(2)} }`;
      default:
        return `destination(${PLACE}) ${this.#destination(1)}`;
    }
  }

  #destination(depth: number): string {
    const fields = this.#repeated(() => {
      switch (this.#upTo(4)) {
        case 0:
          return `segments(first: $${this.#variable('first', 1_000)}, search: "${this.#text()}") ${this.#page(depth)}`;
        case 1:
          return `segments(first: $${this.#variable('first', 1_000)}, status: [ACTIVE]) ${this.#page(depth)}`;
        case 2:
          return `changes(since: "2000-01-01T00:00:00Z", first: $${this.#variable('first', 1_000)}) { totalCount nodes { id at name } }`;
        case 3:
          return `segmentsById(segmentIds: $${this.#variable('segmentIds', 10_000)}) ${this.#segment(depth + 1)}`;
        default:
          return 'sync { status segmentCount }';
      }
    });
    return `{ name ${fields} }`;
  }

  #page(depth: number): string {
    const total = this.#oneIn(2) ? 'totalCount' : '';
    return `{ ${total} pageInfo { endCursor } nodes ${this.#segment(depth + 1)} }`;
  }

  #segment(depth: number): string {
    const leaves = this.#draw(fc.subarray<string>, LEAVES, { minLength: 1 });
    const more: string[] = [];
    if (this.#oneIn(3)) {
      const first = this.#variable('first', 20);
      more.push(this.#repeated(() => `history(first: $${first}) { totalCount nodes { at name } }`));
    }
    if (depth < 3 && this.#oneIn(3)) more.push(`destination ${this.#destination(depth + 1)}`);
    if (depth < 3 && this.#oneIn(5)) more.push('customer { name destinations { name type } }');
    return `{ ${[...leaves, ...more].join(' ')} }`;
  }

  /** The same kind of field once, or several times under aliases. */
  #repeated(field: () => string): string {
    const times = this.#oneIn(3) ? 1 + this.#upTo(11) : 1;
    if (times === 1 || times > this.#aliases) return field();
    this.#aliases -= times;
    const from = this.#aliases;
    return Array.from({ length: times }, (_, index) => `a${from}x${index}: ${field()}`).join(' ');
  }

  /** A variable for a list or page of up to `most`: small ones are as likely as large ones. */
  #variable(kind: Variable['kind'], most: number): string {
    const exponent = this.#draw(fc.double, { min: 0, max: 1, noNaN: true });
    this.#variables.push({ kind, length: Math.round(most ** exponent) });
    return `v${this.#variables.length - 1}`;
  }

  #moment(): string {
    return `20${30 + this.#upTo(9)}-01-01T00:00:00Z`;
  }

  #text(): string {
    return this.#draw(fc.constantFrom<string[]>, ...TEXTS);
  }

  #upTo(most: number): number {
    return this.#draw(fc.nat, most);
  }

  #oneIn(many: number): boolean {
    return this.#upTo(many - 1) === 0;
  }
}

function valuesOf(kind: Variable['kind'], length: number): unknown {
  if (kind === 'first') return length;
  const { customerId, destinationId, firstId, size } = LARGE;
  return Array.from({ length }, (_, index) => {
    const segmentId = String(firstId + ((index * 7) % size));
    switch (kind) {
      case 'segmentIds':
        return segmentId;
      case 'keys':
        return { customerId, destinationId, segmentId };
      case 'globalIds':
        return segmentGlobalId({ customerId, destinationId, key: segmentId, at: null });
    }
  });
}
