import { parse, validate } from 'graphql';
import { createSchema } from './schema.js';

/** A trusted document that cannot be executed. */
interface InvalidDocument {
  readonly id: string;
  readonly reason: string;
}

/**
 * Validates trusted documents against the schema.
 *
 * @param documents texts of the documents by ID
 * @returns the documents that are invalid
 */
export function invalidDocuments(documents: Readonly<Record<string, string>>): InvalidDocument[] {
  const entries = Object.entries(documents);
  if (entries.length === 0) return [];
  const schema = createSchema();
  return entries.flatMap(([id, text]) => {
    const reason = errorIn(text);
    return reason === null ? [] : [{ id, reason }];
  });

  function errorIn(text: string): string | null {
    try {
      return validate(schema, parse(text), undefined, { maxErrors: 1 })[0]?.message ?? null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
