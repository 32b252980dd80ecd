import {
  isTypeDefinitionNode,
  Kind,
  parse,
  type DocumentNode,
  type FieldDefinitionNode,
  type NamedTypeNode,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';

/** The types at which operations begin. */
const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation']);

/**
 * A schema without some of its types and fields: what returns or takes such a type goes too, and so do types that nothing leads to
 * any more. Operations and keys lead to types.
 *
 * @param names of types, such as `Customer`, and of fields, such as `Query.node`
 */
export function partOf(document: DocumentNode, names: readonly string[]): DocumentNode {
  if (names.length === 0) return document;
  const left = new Set(names);
  let types = document.definitions.filter(isTypeDefinitionNode);
  for (;;) {
    const kept = types.filter(({ name }) => !left.has(name.value)).map((type) => withoutParts(type, left));
    const empty = kept.filter(isEmpty);
    types = kept;
    if (empty.length === 0) break;
    for (const { name } of empty) left.add(name.value);
  }
  const reached = reachedFrom(types);
  const isKept = (type: TypeDefinitionNode): boolean => reached.has(type.name.value);
  const others = document.definitions.filter((definition) => !isTypeDefinitionNode(definition));
  return { ...document, definitions: [...others, ...types.filter(isKept)] };
}

/** The names that are none of a type or a field of a schema. */
export function unknownNames(sdl: string, names: readonly string[]): string[] {
  const types = parse(sdl, { noLocation: true }).definitions.filter(isTypeDefinitionNode);
  const known = new Set(types.map(({ name }) => name.value));
  for (const type of types)
    for (const { name } of fieldsOf(type)) known.add(`${type.name.value}.${name.value}`);
  return names.filter((name) => !known.has(name));
}

function withoutParts(type: TypeDefinitionNode, left: ReadonlySet<string>): TypeDefinitionNode {
  const isKept = (named: NamedTypeNode): boolean => !left.has(named.name.value);
  const isKeptField = ({ name, type: returned, arguments: args = [] }: FieldDefinitionNode): boolean =>
    !left.has(`${type.name.value}.${name.value}`) &&
    [returned, ...args.map((arg) => arg.type)].every((each) => isKept(namedIn(each)));
  if (type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION) {
    const { fields = [], interfaces = [] } = type;
    return { ...type, fields: fields.filter(isKeptField), interfaces: interfaces.filter(isKept) };
  }
  if (type.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    return { ...type, fields: (type.fields ?? []).filter((field) => isKept(namedIn(field.type))) };
  }
  return type.kind === Kind.UNION_TYPE_DEFINITION
    ? { ...type, types: (type.types ?? []).filter(isKept) }
    : type;
}

function isEmpty(type: TypeDefinitionNode): boolean {
  if (type.kind === Kind.UNION_TYPE_DEFINITION) return type.types?.length === 0;
  return 'fields' in type && fieldsOf(type).length === 0;
}

/** The names of the types to which operations and keys lead. */
function reachedFrom(types: readonly TypeDefinitionNode[]): ReadonlySet<string> {
  const byName = new Map(types.map((type) => [type.name.value, type]));
  const isRoot = ({ name, directives = [] }: TypeDefinitionNode): boolean =>
    ROOTS.has(name.value) || directives.some((directive) => directive.name.value === 'key');
  const reached = new Set<string>();
  const add = (name: string, isReturned: boolean): void => {
    const type = byName.get(name);
    if (type === undefined) return;
    // What returns an interface may return each type that has it.
    if (isReturned && type.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      const implementing = types.filter((each) => interfacesOf(each).some((one) => one.name.value === name));
      for (const each of implementing) add(each.name.value, true);
    }
    if (reached.has(name)) return;
    reached.add(name);
    for (const each of interfacesOf(type)) add(each.name.value, false);
    for (const { type: returned, ...field } of fieldsOf(type)) {
      add(namedIn(returned).name.value, true);
      const { arguments: args = [] } = field as Pick<FieldDefinitionNode, 'arguments'>;
      for (const arg of args) add(namedIn(arg.type).name.value, true);
    }
    if (type.kind === Kind.UNION_TYPE_DEFINITION)
      for (const member of type.types ?? []) add(member.name.value, true);
  };
  for (const type of types) if (isRoot(type)) add(type.name.value, true);
  return reached;
}

function interfacesOf(type: TypeDefinitionNode): readonly NamedTypeNode[] {
  return 'interfaces' in type ? (type.interfaces ?? []) : [];
}

function fieldsOf(type: TypeDefinitionNode) {
  return 'fields' in type ? (type.fields ?? []) : [];
}

/** The type without lists. */
function namedIn(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedIn(type.type);
}
