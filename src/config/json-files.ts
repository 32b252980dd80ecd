import * as z from 'zod';
import { escapeInvisible } from './message-format.js';
import type { JsonWebKeySet } from './types.js';

/** A value read from a JSON text, or why it cannot be used (completes the sentence "the file …"). */
type JsonResult<T> = { readonly value: T } | { readonly error: string };

const NOT_JSON = { error: 'is not valid JSON; correct it or export it again' };

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).min(1),
});

/** Parses a JSON Web Key Set of public keys. Source: RFC 7517, section 5. */
export function parseKeySet(text: string): JsonResult<JsonWebKeySet> {
  const data = parseJson(text);
  if (data === undefined) return NOT_JSON;
  const result = keySet.safeParse(data);
  if (!result.success) {
    return { error: 'is not a JSON Web Key Set; it needs a list "keys" with at least one key' };
  }
  // Whoever can read a private or symmetric key can create tokens.
  const hasSecret = result.data.keys.some((key) => key.kty === 'oct' || 'd' in key);
  if (hasSecret) return { error: 'contains a private or symmetric key; keep only the public keys in it' };
  return { value: result.data };
}

/** Apollo's persisted query manifest. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** The persisted-documents.json of GraphQL Code Generator's client preset: operations by hash. */
const codegenManifest = z.record(z.string().min(1), z.string().min(1));

/** Parses a manifest of trusted operations in either format. @returns the text of each operation by its ID */
export function parseManifest(text: string): JsonResult<Readonly<Record<string, string>>> {
  const data = parseJson(text);
  if (data === undefined) return NOT_JSON;
  const documents = new Map<string, string>();
  const apollo = apolloManifest.safeParse(data);
  if (apollo.success) {
    for (const { id, body } of apollo.data.operations) {
      if ((documents.get(id) ?? body) !== body) {
        return {
          error: `has two different operations with the ID ${escapeInvisible(id)}; generate it again`,
        };
      }
      documents.set(id, body);
    }
  } else {
    const codegen = codegenManifest.safeParse(data);
    if (!codegen.success) {
      return {
        error:
          'is not a manifest of operations; it must be a JSON object of IDs and operations, as GraphQL Code ' +
          "Generator writes it, or Apollo's persisted query manifest",
      };
    }
    for (const [id, body] of Object.entries(codegen.data)) documents.set(id, body);
  }
  if (documents.size === 0) return { error: 'contains no operation; generate it again from the clients' };
  return { value: Object.fromEntries(documents) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
