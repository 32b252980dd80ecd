import fc from 'fast-check';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';

/** What arguments are drawn from. */
export interface Pools {
  readonly customerIds: readonly string[];
  readonly destinationIds: readonly string[];
  /** Global IDs of everything that has one, and of nothing. */
  readonly nodeIds: readonly string[];
  readonly segmentIds: readonly string[];
  /** Identifiers that say nothing of whose they are: what is changed by hand goes by these. */
  readonly sharedSegmentIds: readonly string[];
  readonly texts: readonly string[];
  readonly cursors: readonly string[];
  readonly moments: readonly string[];
  readonly files: readonly string[];
}

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly isMutation: boolean;
}

/** Levels of fields that have fields. */
const MAX_DEPTH = 5;

/** Fields that tell what everybody has asked for since the start, and so are not the same in two gateways. */
const COUNTING_FIELDS: ReadonlySet<string> = new Set(['idEvidence']);

/** Operations over the whole schema: any fields, arguments, variables, aliases, fragments and directives. */
export function operations(schema: GraphQLSchema, pools: Pools): fc.Arbitrary<Operation> {
  return fc.gen().map((draw) => new Writer(schema, pools, draw).operation());
}

type Input = GraphQLArgument | GraphQLInputField;

/** Writes one operation. */
class Writer {
  readonly #schema: GraphQLSchema;
  readonly #pools: Pools;
  readonly #draw: fc.GeneratorValue;
  readonly #variables = new Map<string, { readonly type: string; readonly value: unknown }>();
  readonly #fragments: string[] = [];
  #isMutation = false;
  #names = 0;

  constructor(schema: GraphQLSchema, pools: Pools, draw: fc.GeneratorValue) {
    this.#schema = schema;
    this.#pools = pools;
    this.#draw = draw;
  }

  operation(): Operation {
    this.#isMutation = this.#oneIn(5);
    const root = this.#isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType();
    if (root === null || root === undefined) throw new Error('the schema has no such operations');
    const selection = this.#selection(root, 0, 3);
    const declared = Array.from(this.#variables, ([name, { type }]) => `$${name}: ${type}`).join(', ');
    const name = this.#oneIn(2) ? 'Random' : '';
    const head = `${this.#isMutation ? 'mutation' : 'query'} ${name || (declared === '' ? '' : 'Q')}`;
    return {
      query: [`${head}${declared === '' ? '' : `(${declared})`} ${selection}`, ...this.#fragments].join('\n'),
      variables: Object.fromEntries(Array.from(this.#variables, ([each, { value }]) => [each, value])),
      isMutation: this.#isMutation,
    };
  }

  /** @param taken names of fields that need an alias */
  #selection(type: GraphQLObjectType, depth: number, most: number, taken = new Set<string>()): string {
    const fields = Object.values(type.getFields()).filter(({ name }) => !COUNTING_FIELDS.has(name));
    const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
    const others = fields.filter((field) => !leaves.includes(field));
    const chosen = [
      ...(depth < MAX_DEPTH ? this.#some(others, 1, Math.min(most, 2)) : []),
      ...this.#some(leaves, 1, 6),
    ];
    const parts = chosen.map((field) => {
      const text = this.#field(field, taken, depth);
      if (!this.#oneIn(8)) return text;
      if (this.#oneIn(2)) return `... on ${type.name} ${this.#directive()} { ${text} }`;
      const fragment = this.#name('F');
      this.#fragments.push(`fragment ${fragment} on ${type.name} { ${text} }`);
      return `...${fragment}`;
    });
    return `{ ${[...(parts.length === 0 || this.#oneIn(4) ? ['__typename'] : []), ...parts].join(' ')} }`;
  }

  /** A selection of an interface or union: its own fields, and fields of some of its types. */
  #selectionOfAny(type: GraphQLInterfaceType | GraphQLUnionType, depth: number): string {
    const own = isUnionType(type) ? [] : this.#some(Object.keys(type.getFields()), 0, 3);
    const types = this.#some(this.#schema.getPossibleTypes(type), 1, 4).map((each) => {
      // Two types may have fields of the same name and of other types, which need names of their own in the answer.
      const taken = new Set(Object.keys(each.getFields()));
      return `... on ${each.name} ${this.#selection(each, depth, 2, taken)}`;
    });
    return `{ __typename ${[...own, ...types].join(' ')} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, taken: Set<string>, depth: number): string {
    const alias = taken.has(field.name) || this.#oneIn(8) ? `${this.#name('a')}: ` : '';
    taken.add(field.name);
    const args = field.args.flatMap((arg) => this.#argument(field, arg));
    const type = getNamedType(field.type);
    const below = isObjectType(type)
      ? ` ${this.#selection(type, depth + 1, 3)}`
      : isInterfaceType(type) || isUnionType(type)
        ? ` ${this.#selectionOfAny(type, depth + 1)}`
        : '';
    const given = args.length === 0 ? '' : `(${args.join(', ')})`;
    return `${alias}${field.name}${given} ${this.#oneIn(20) ? this.#directive() : ''}${below}`;
  }

  #directive(): string {
    return this.#oneIn(4) ? '@skip(if: true)' : '@include(if: true)';
  }

  #argument(field: GraphQLField<unknown, unknown>, arg: GraphQLArgument): string[] {
    if (!this.#isNeeded(arg) && this.#oneIn(2)) return [];
    const value = this.#valueOrNull(field.name, arg);
    if (!this.#oneIn(3)) return [`${arg.name}: ${literal(value, arg.type)}`];
    const variable = this.#name('v');
    this.#variables.set(variable, { type: arg.type.toString(), value });
    return [`${arg.name}: $${variable}`];
  }

  /** Without a customer, a change is one of whichever customer has the destination alone, which differs by gateway. */
  #isNeeded({ name, type }: Input): boolean {
    return isNonNullType(type) || (this.#isMutation && name === 'customerId');
  }

  #valueOrNull(field: string, input: Input): unknown {
    return !this.#isNeeded(input) && this.#oneIn(12) ? null : this.#value(field, input, input.type);
  }

  #value(field: string, input: Input, type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.#value(field, input, type.ofType);
    if (isListType(type)) {
      const length = this.#draw(fc.nat, 4);
      return Array.from({ length }, () => this.#value(field, input, type.ofType));
    }
    if (isEnumType(type)) return this.#one(type.getValues().map(({ name }) => name));
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter((each) => this.#isNeeded(each) || !this.#oneIn(2));
      return Object.fromEntries(given.map((each) => [each.name, this.#valueOrNull(type.name, each)]));
    }
    return this.#scalar(field, input.name, type.name);
  }

  #scalar(field: string, name: string, type: string): unknown {
    const { customerIds, destinationIds, nodeIds, segmentIds, sharedSegmentIds, ...pools } = this.#pools;
    const segments = this.#isMutation && field === 'SegmentKey' ? sharedSegmentIds : segmentIds;
    switch (`${name}: ${type}`) {
      case 'customerId: ID':
        return this.#one(customerIds);
      case 'destinationId: ID':
        return this.#one(destinationIds);
      case 'segmentId: ID':
      case 'segmentIds: ID':
        return this.#one(segments);
      case 'id: ID':
        return this.#one(field === 'customer' ? customerIds : nodeIds);
      case 'ids: ID':
        return this.#one(nodeIds);
      case 'representations: _Any':
        return this.#representation();
      case 'after: String':
        return this.#one(pools.cursors);
      case 'search: String':
      case 'text: String':
        return this.#one(pools.texts);
      case 'csv: String':
        return this.#one(pools.files);
      case 'name: String':
      case 'description: String':
        return this.#one(['Given by hand', 'Cart by hand', '']);
      case 'first: Int':
        return this.#draw(fc.integer, { min: 0, max: 7 });
      case 'at: DateTime':
      case 'since: DateTime':
        return this.#one(pools.moments);
      case 'fileName: String':
        return this.#one(['names.csv', '']);
      case 'idColumn: String':
        return this.#one(['sid', 'mappingId', 'nothing']);
      case 'nameColumn: String':
        return this.#one(['name', 'nothing']);
      case 'days: Int':
        return this.#draw(fc.integer, { min: 0, max: 100 });
      case 'dryRun: Boolean':
      case 'skipBad: Boolean':
      case 'force: Boolean':
        return this.#oneIn(2);
      default:
        throw new Error(`there are no values for the argument ${name}: ${type} of ${field}; add some`);
    }
  }

  /** What a router knows of an object, or thinks that it knows. */
  #representation(): object {
    const { customerIds, destinationIds, nodeIds, segmentIds } = this.#pools;
    const __typename = this.#one(['Customer', 'Destination', 'Segment', 'SegmentReference', 'Nothing']);
    if (this.#oneIn(3)) return { __typename, id: this.#one([...customerIds, ...nodeIds]) };
    return {
      __typename,
      customerId: this.#one(customerIds),
      destinationId: this.#one(destinationIds),
      ...(this.#oneIn(8) ? {} : { segmentId: this.#one(segmentIds) }),
    };
  }

  #one(values: readonly string[]): string {
    return this.#draw(fc.constantFrom<string[]>, ...values);
  }

  #some<T>(values: readonly T[], least: number, most: number): T[] {
    const bounds = { minLength: Math.min(least, values.length), maxLength: Math.min(most, values.length) };
    // What is drawn is compared, and fields hold the whole schema.
    const chosen = this.#draw(fc.subarray<number>, [...values.keys()], bounds);
    return values.filter((_, index) => chosen.includes(index));
  }

  #oneIn(many: number): boolean {
    return this.#draw(fc.nat, many - 1) === 1 % many;
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }
}

/** A value as GraphQL writes it. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (value === null) return 'null';
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (isListType(type))
    return `[${(value as unknown[]).map((each) => literal(each, type.ofType)).join(', ')}]`;
  if (isEnumType(type)) return value as string;
  if (!isInputObjectType(type)) return untyped(value);
  const fields = type.getFields();
  const parts = Object.entries(value as object).map(([name, each]) => {
    const field = fields[name];
    return field === undefined ? '' : `${name}: ${literal(each, field.type)}`;
  });
  return `{ ${parts.join(', ')} }`;
}

/** A value of a scalar, such as a representation, as GraphQL writes it. */
function untyped(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${untyped(each)}`)
    .join(', ')} }`;
}
