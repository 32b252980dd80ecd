import { Kind, parse, validate, type GraphQLSchema } from 'graphql';
import { createSchema } from './schema.js';

/** A trusted document that cannot be executed. */
interface InvalidDocument {
  readonly id: string;
  readonly reason: string;
}

/** What is found out about trusted documents. */
interface DocumentReport {
  readonly invalid: readonly InvalidDocument[];
  /** The names of the operations in the documents that are valid. */
  readonly names: readonly string[];
}

/**
 * Validates trusted documents against the schema.
 *
 * @param documents texts of the documents by ID
 */
export function inspectDocuments(documents: Readonly<Record<string, string>>): DocumentReport {
  const entries = Object.entries(documents);
  if (entries.length === 0) return { invalid: [], names: [] };
  const schema = createSchema();
  const invalid: InvalidDocument[] = [];
  const names: string[] = [];
  for (const [id, text] of entries) {
    const result = inspect(schema, text);
    if (typeof result === 'string') invalid.push({ id, reason: result });
    else names.push(...result);
  }
  return { invalid, names };
}

/** @returns the names of the operations, or why the document is invalid */
function inspect(schema: GraphQLSchema, text: string): readonly string[] | string {
  try {
    const document = parse(text);
    const [mistake] = validate(schema, document, undefined, { maxErrors: 1 });
    if (mistake !== undefined) return mistake.message;
    return document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name !== undefined
        ? [definition.name.value]
        : [],
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
