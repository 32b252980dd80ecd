import { parse, validate } from 'graphql';
import { createSchema } from '../schema.js';

/** A trusted operation that nobody can run. */
export interface UnfitDocument {
  readonly id: string;
  readonly reason: string;
}

/** Those of the trusted operations, by ID, that do not fit the schema. */
export function unfitDocuments(documents: Readonly<Record<string, string>>): UnfitDocument[] {
  const entries = Object.entries(documents);
  if (entries.length === 0) return [];
  const schema = createSchema();
  return entries.flatMap(([id, text]) => {
    const reason = mistakeIn(text);
    return reason === null ? [] : [{ id, reason }];
  });

  function mistakeIn(text: string): string | null {
    try {
      return validate(schema, parse(text), undefined, { maxErrors: 1 })[0]?.message ?? null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
