import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql';

/** A rule of validation: `_service { sdl }` tells all that introspection does, and is refused in the same way. */
export function noSdlRule(context: ValidationContext): ASTVisitor {
  return {
    Field: (node) => {
      if (context.getParentType()?.name !== '_Service' || node.name.value !== 'sdl') return;
      const extensions = { validationErrorCode: 'INTROSPECTION_DISABLED' };
      context.reportError(new GraphQLError('The schema is not shown.', { nodes: node, extensions }));
    },
  };
}
