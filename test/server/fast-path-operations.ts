import fc from 'fast-check';
import { AT, KEYS, PLACES, leftOut, type Pool } from './fast-path-arguments.js';

/** A GraphQL request body. */
export interface RequestBody {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** The leaf fields of the schema, by type. */
export interface LeafNames {
  readonly segment: readonly string[];
  readonly destination: readonly string[];
  readonly customer: readonly string[];
  readonly lookup: readonly string[];
}

/** Selections that the fast path leaves to the full path. */
const ODD_SELECTIONS = [
  'history(first: 1) { totalCount }',
  'destination { sync { status } }',
  // Its numbers change with each lookup.
  'destination { idEvidence { __typename } }',
  'destination { customer { id } }',
  'destination { id segment(segmentId: "1001") { name } }',
  'customer { destinations { id } }',
  'destination { id } destination { name }',
  'customer { ...C } ...on Segment { customer { name } }',
  'unknownField',
  'name(first: 1)',
  'destination',
  'name { first }',
  '...Undefined',
  '...on Destination { id }',
];

/** Selections of a lookup's result that the fast path may leave to the full path. */
const ODD_LOOKUP_SELECTIONS = [
  'candidates { name }',
  'error { code message }',
  'segment { name } segment { sid }',
  'segment',
  'unknownField',
];

const DIRECTIVES = [
  '@include(if: true)',
  '@include(if: false)',
  '@skip(if: true)',
  '@skip(if: false)',
  '@include(if: $yes)',
  '@skip(if: $yes)',
  '@unknown',
];

/** GraphQL requests that look up segments: about half of them are within what the fast path supports. */
export function lookupRequests(leaves: LeafNames): fc.Arbitrary<RequestBody> {
  return fc.gen().map((draw) => new RequestWriter(leaves, draw).request());
}

/** Writes one request. */
class RequestWriter {
  readonly #leaves: LeafNames;
  readonly #draw: fc.GeneratorValue;
  readonly #fragments: string[] = [];
  readonly #declarations: string[] = [];
  readonly #values: Record<string, unknown> = {};
  #count = 0;
  /** Whether the request may contain something that the fast path does not support. */
  readonly #isOdd: boolean;

  constructor(leaves: LeafNames, draw: fc.GeneratorValue) {
    this.#leaves = leaves;
    this.#draw = draw;
    this.#isOdd = this.#chance(50);
  }

  request(): RequestBody {
    const name = this.#oneOf(['', 'Lookup', 'Names']);
    const operations = [this.#operation(name)];
    if (name !== '' && this.#chance(20)) operations.push('query Other { __typename }');
    if (this.#oddChance(5)) operations.push('mutation Third { __typename }');
    const named = name === '' ? [] : [name];
    const operationName = this.#oneOf([
      ...named,
      ...(operations.length > 1 && !this.#isOdd ? named : [undefined, null]),
      ...(this.#oddChance(20) ? ['Other', 'Unknown', ''] : []),
    ]);
    const query = [...operations, ...this.#fragments].join(this.#oneOf([' ', '\n', ' # comment\n']));
    const hasValues = Object.keys(this.#values).length > 0;
    const noVariables: Pick<RequestBody, 'variables'>[] = [{}, { variables: null }, { variables: {} }];
    return {
      query,
      ...(operationName === undefined ? {} : { operationName }),
      ...(hasValues ? { variables: this.#values } : this.#oneOf(noVariables)),
      ...(this.#oddChance(3) ? { extensions: {} } : {}),
    };
  }

  #operation(name: string): string {
    const roots = Array.from({ length: this.#integer(1, 3) }, (_, index) => this.#root(index));
    if ([...roots, ...this.#fragments].some((text) => text.includes('$yes'))) {
      this.#declarations.push('$yes: Boolean!');
      this.#values['yes'] = true;
    }
    const declarations = this.#declarations.length === 0 ? '' : `(${this.#declarations.join(', ')})`;
    const directives = this.#oddChance(5) ? ' @unknown' : '';
    const isShorthand = name === '' && declarations === '' && directives === '';
    return `${isShorthand ? '' : `query ${name}${declarations}${directives} `}{ ${roots.join(' ')} }`;
  }

  #root(index: number): string {
    if (this.#oddChance(5)) return this.#oneOf(['__typename', 'customers { totalCount }', '...Undefined']);
    const alias = this.#chance(30) || index > 0 ? `root${index}: ` : '';
    const name = this.#oneOf(['segment', 'segments', 'segmentsByKey', 'lookupSegments']);
    const directive = this.#oddChance(10) ? ` ${this.#directive()}` : '';
    const selections = name === 'lookupSegments' ? this.#lookupSelections() : this.#selections(2);
    const field = `${alias}${name}(${this.#arguments(name)})${directive} { ${selections} }`;
    return this.#chance(10) ? `... on Query { ${field} }` : field;
  }

  #arguments(root: string): string {
    const place = this.#oneOf(this.#chance(50) ? PLACES.slice(0, 1) : PLACES);
    return [
      ...(root === 'segmentsByKey' || root === 'lookupSegments'
        ? [this.#argument('keys', KEYS)]
        : [
            this.#argument('customerId', place.customerId),
            this.#argument('destinationId', place.destinationId),
            root === 'segment'
              ? this.#argument('segmentId', place.id)
              : this.#argument('segmentIds', place.ids),
            ...(this.#chance(30) ? [this.#argument('idType', place.idType)] : []),
          ]),
      ...(this.#chance(15) ? [this.#argument('at', AT)] : []),
    ]
      .filter((argument) => argument !== '')
      .join(', ');
  }

  #argument(name: string, { plain, odd }: Pool): string {
    const argument = this.#oneOf(this.#oddChance(20) ? odd : plain);
    if (argument === leftOut) return '';
    if (argument.literal !== undefined) return `${name}: ${argument.literal}`;
    const variableName = `v${this.#count++}`;
    const { type = 'ID', defaultValue } = argument;
    this.#declarations.push(
      `$${variableName}: ${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`,
    );
    if ('value' in argument) this.#values[variableName] = argument.value;
    return `${name}: $${variableName}`;
  }

  /** Fields of the result of a lookup. */
  #lookupSelections(): string {
    const leaves = Array.from({ length: this.#integer(0, 3) }, () => {
      const directive = this.#oddChance(10) ? ` ${this.#directive()}` : '';
      return `${this.#alias(false)}${this.#oneOf(this.#leaves.lookup)}${directive}`;
    });
    const odd = this.#oddChance(20) ? [this.#oneOf(ODD_LOOKUP_SELECTIONS)] : [];
    const segment = `${this.#alias(odd.length > 0)}segment { ${this.#selections(1)} }`;
    const all = [...leaves, ...(leaves.length === 0 || this.#chance(80) ? [segment] : []), ...odd].join(' ');
    if (this.#chance(10)) return `...${this.#fragment('SegmentLookup', all)}`;
    return this.#chance(10) ? `... on SegmentLookup { ${all} }` : all;
  }

  /** Fields of a segment. @param depth levels of fragments that may follow */
  #selections(depth: number): string {
    return Array.from({ length: this.#integer(1, 5) }, () => this.#selection(depth)).join(' ');
  }

  #selection(depth: number): string {
    if (this.#oddChance(5)) return this.#oneOf(ODD_SELECTIONS);
    const directive = this.#oddChance(10) ? ` ${this.#directive()}` : '';
    const kind = this.#integer(0, depth > 0 ? 9 : 6);
    if (kind === 7) return `... on Segment${directive} { ${this.#selections(depth - 1)} }`;
    if (kind === 8) return `...${directive} { ${this.#selections(depth - 1)} }`;
    if (kind === 9) return `...${this.#fragment('Segment', this.#selections(depth - 1))}${directive}`;
    // Each parent appears under one alias per call, because two selections of it would have to be merged.
    if (kind === 5)
      return `${this.#alias(true)}destination${directive} { ${this.#parentFields('destination')} }`;
    if (kind === 6) return `${this.#alias(true)}customer${directive} { ${this.#parentFields('customer')} }`;
    return `${this.#alias(false)}${this.#oneOf(this.#leaves.segment)}${directive}`;
  }

  #parentFields(parent: 'destination' | 'customer'): string {
    const fields = Array.from(
      { length: this.#integer(1, 3) },
      () => `${this.#alias(false)}${this.#oneOf(this.#leaves[parent])}`,
    ).join(' ');
    const type = parent === 'destination' ? 'Destination' : 'Customer';
    if (this.#chance(10)) return `...${this.#fragment(type, fields)}`;
    return this.#chance(10) ? `... on ${type} { ${fields} }` : fields;
  }

  /** Defines a named fragment. @returns its name */
  #fragment(type: string, selections: string): string {
    const name = `F${this.#count++}`;
    this.#fragments.push(`fragment ${name} on ${type} { ${selections} }`);
    return name;
  }

  #alias(isNeeded: boolean): string {
    return isNeeded || this.#chance(20) ? `a${this.#count++}: ` : '';
  }

  #directive(): string {
    return this.#oneOf(DIRECTIVES);
  }

  #oddChance(percent: number): boolean {
    return this.#isOdd && this.#chance(percent);
  }

  #chance(percent: number): boolean {
    return this.#integer(1, 100) <= percent;
  }

  #integer(min: number, max: number): number {
    return this.#draw(fc.integer, { min, max });
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[this.#integer(0, choices.length - 1)] as T;
  }
}
