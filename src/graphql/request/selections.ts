import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type SelectionNode,
} from 'graphql';

/**
 * Whether an operation asks for a field below the one that is resolved, under whichever alias. So what takes long and nobody
 * asks for need not be computed.
 *
 * @param path names of the fields
 */
export function selects(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  let fields: readonly FieldNode[] = info.fieldNodes;
  for (const name of path) {
    const below = fields.flatMap(({ selectionSet }) => fieldsOf(selectionSet?.selections ?? [], info));
    fields = below.filter((field) => field.name.value === name);
  }
  return fields.length > 0;
}

/** The fields of selections and of their fragments, that are not left out by a directive. */
function fieldsOf(selections: readonly SelectionNode[], info: GraphQLResolveInfo): FieldNode[] {
  return selections.flatMap((selection) => {
    if (isLeftOut(selection, info)) return [];
    if (selection.kind === Kind.FIELD) return [selection];
    const { selectionSet } =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : (info.fragments[selection.name.value] ?? {});
    return fieldsOf(selectionSet?.selections ?? [], info);
  });
}

function isLeftOut(selection: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.['if'] === true ||
    getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.['if'] === false
  );
}
