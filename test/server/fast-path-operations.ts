import fc from 'fast-check';

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
}

/** An argument: a GraphQL literal, or a variable with its type and its value in JSON. */
interface Argument {
  readonly literal?: string;
  readonly type?: string;
  readonly defaultValue?: string;
  /** Left out: the variable is missing in the request. */
  readonly value?: unknown;
}

const literal = (text: string): Argument => ({ literal: text });
const variable = (type: string, value: unknown): Argument => ({ type, value });
const missing = (type: string): Argument => ({ type });
const byDefault = (type: string, defaultValue: string): Argument => ({ type, defaultValue });

/** Values that the fast path supports, and `odd` ones: unsupported, without a match, or errors. */
interface Pool {
  readonly plain: readonly Argument[];
  readonly odd: readonly Argument[];
}

const CUSTOMER: Pool = {
  plain: [literal('"acme"'), variable('ID!', 'acme'), variable('ID!', 'globex'), literal('"globex"')],
  odd: [
    literal('"""acme"""'),
    literal('"nobody"'),
    literal('""'),
    literal('acme'),
    literal('null'),
    variable('ID!', 'nobody'),
    variable('ID!', null),
    variable('ID!', ['acme']),
    variable('ID', 'acme'),
    missing('ID!'),
    byDefault('ID', '"acme"'),
    byDefault('ID!', '"globex"'),
  ],
};

const DESTINATION: Pool = {
  plain: [literal('"314"'), literal('314'), variable('ID!', '314'), variable('ID!', 314)],
  odd: [
    literal('"315"'),
    literal('"999"'),
    literal('314.0'),
    variable('ID!', '315'),
    variable('ID!', 314.5),
    variable('ID!', true),
    variable('ID!', 2 ** 60),
    missing('ID!'),
    byDefault('ID!', '314'),
  ],
};

const ID: Pool = {
  plain: [
    literal('"1001"'),
    literal('1002'),
    literal('"""1004"""'),
    variable('ID!', '1005'),
    variable('ID!', 1008),
    variable('ID!', '1030'),
  ],
  odd: [
    literal('"9999"'),
    literal('"5003"'),
    literal('"alias-3"'),
    literal('""'),
    literal('"a\\nb"'),
    literal('-1'),
    literal('1.5'),
    literal('true'),
    literal('null'),
    literal('{ id: "1001" }'),
    variable('ID!', ''),
    variable('ID!', '9999'),
    variable('ID!', 'alias-3'),
    variable('ID!', -0),
    variable('ID!', 1e21),
    variable('ID!', 1001.5),
    variable('ID!', { id: '1001' }),
    variable('ID!', null),
    missing('ID!'),
    byDefault('ID', '"1001"'),
  ],
};

const IDS: Pool = {
  plain: [
    literal('["1001", 1002, "1001"]'),
    literal('[1005]'),
    literal('[]'),
    variable('[ID!]!', ['1001', '1002']),
    variable('[ID!]!', [1004, '1005', 1005]),
    variable('[ID!]!', []),
  ],
  odd: [
    literal('"1001"'),
    literal('1001'),
    literal('["1001", null]'),
    literal('[["1001"]]'),
    literal('["1001", 9999, ""]'),
    literal('null'),
    variable('[ID!]!', '1001'),
    variable('[ID!]!', 1001),
    variable('[ID!]!', ['1001', null]),
    variable('[ID!]!', [['1001']]),
    variable('[ID!]!', ['1001', '9999', 'alias-3', '']),
    variable('[ID!]!', { 0: '1001' }),
    variable('[ID!]!', null),
    variable('[ID!]', ['1001']),
    variable('[ID]!', ['1001']),
    missing('[ID!]!'),
    byDefault('[ID!]!', '["1001"]'),
  ],
};

const key = (id: unknown, more: object = {}): object => ({
  customerId: 'acme',
  destinationId: '314',
  id,
  ...more,
});

const KEYS: Pool = {
  plain: [
    variable('[SegmentKey!]!', [key('1001'), key('1002', { customerId: 'globex' })]),
    variable('[SegmentKey!]!', [key('5003', { idType: 'SID' }), key('1001', { idType: null })]),
    variable('[SegmentKey!]!', [key('alias-3', { idType: 'ALIAS' }), key('1001')]),
    variable('[SegmentKey!]!', []),
  ],
  odd: [
    literal('{ customerId: "acme", destinationId: 314, id: "1001" }'),
    literal('[{ customerId: "acme", destinationId: "314", id: 1001, idType: MAPPING_ID }]'),
    literal('[]'),
    variable('[SegmentKey!]!', key('1001')),
    variable('[SegmentKey!]!', [key(1001)]),
    variable('[SegmentKey!]!', [key('1001', { destinationId: 314 })]),
    variable('[SegmentKey!]!', [key('1001'), key('9999'), key('1002', { customerId: 'nobody' })]),
    variable('[SegmentKey!]!', [key('1001', { idType: 'WRONG' })]),
    variable('[SegmentKey!]!', [key('1001', { more: true })]),
    variable('[SegmentKey!]!', [{ customerId: 'acme', id: '1001' }]),
    variable('[SegmentKey!]!', [key(null)]),
    variable('[SegmentKey!]!', ['1001']),
    variable('[SegmentKey!]!', null),
    missing('[SegmentKey!]!'),
  ],
};

const ID_TYPE: Pool = {
  plain: [
    literal('MAPPING_ID'),
    literal('null'),
    variable('SegmentIdType', 'MAPPING_ID'),
    variable('SegmentIdType', null),
    variable('SegmentIdType!', 'MAPPING_ID'),
    missing('SegmentIdType'),
  ],
  odd: [
    literal('SID'),
    literal('ALIAS'),
    literal('WRONG'),
    literal('"SID"'),
    variable('SegmentIdType', 'SID'),
    variable('SegmentIdType', 'ALIAS'),
    variable('SegmentIdType', 'WRONG'),
    variable('SegmentIdType', 1),
    variable('SegmentIdType!', null),
    byDefault('SegmentIdType', 'SID'),
  ],
};

const AT: Pool = {
  plain: [literal('null'), variable('DateTime', null), missing('DateTime')],
  odd: [
    literal('"2026-01-15T11:00:00Z"'),
    variable('DateTime', '2026-01-15T12:00:00Z'),
    variable('DateTime', 'yesterday'),
    byDefault('DateTime', 'null'),
  ],
};

/** Selections that the fast path leaves to the full path. */
const ODD_SELECTIONS = [
  'history(first: 1) { totalCount }',
  'destination { sync { status } }',
  'destination { customer { id } }',
  'destination { id segment(id: "1001") { name } }',
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
    const name = this.#oneOf(['segment', 'segments', 'segmentsByKey']);
    const directive = this.#oddChance(10) ? ` ${this.#directive()}` : '';
    const field = `${alias}${name}(${this.#arguments(name)})${directive} { ${this.#selections(2)} }`;
    return this.#chance(10) ? `... on Query { ${field} }` : field;
  }

  #arguments(root: string): string {
    if (root === 'segmentsByKey') return this.#argument('keys', KEYS);
    return [
      this.#argument('customerId', CUSTOMER),
      this.#argument('destinationId', DESTINATION),
      root === 'segment' ? this.#argument('id', ID) : this.#argument('ids', IDS),
      ...(this.#chance(30) ? [this.#argument('idType', ID_TYPE)] : []),
      ...(this.#chance(15) ? [this.#argument('at', AT)] : []),
    ].join(', ');
  }

  #argument(name: string, { plain, odd }: Pool): string {
    const argument = this.#oneOf(this.#oddChance(20) ? odd : plain);
    if (argument.literal !== undefined) return `${name}: ${argument.literal}`;
    const variableName = `v${this.#count++}`;
    const { type = 'ID', defaultValue } = argument;
    this.#declarations.push(
      `$${variableName}: ${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`,
    );
    if ('value' in argument) this.#values[variableName] = argument.value;
    return `${name}: $${variableName}`;
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
