import * as z from 'zod';
import { printable } from './printing.js';
import type { JsonWebKeySet } from './types.js';

/** Why a text in JSON will not do, for a person. */
export interface JsonFault {
  readonly fault: string;
}

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).min(1),
});

/** Source: RFC 7517, section 5. */
export function parseKeySet(text: string): { readonly value: JsonWebKeySet } | JsonFault {
  const data = parseJson(text);
  if (data === undefined) return { fault: 'is not JSON' };
  const result = keySet.safeParse(data);
  if (!result.success)
    return { fault: 'is no JSON Web Key Set: it needs a list "keys" with at least one key' };
  // Whoever can read such a key can make tokens.
  const hasSecret = result.data.keys.some((key) => key.kty === 'oct' || 'd' in key);
  if (hasSecret) return { fault: 'holds a private or symmetric key; give the public keys alone' };
  return { value: result.data };
}

/** Apollo's persisted query manifest. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** What GraphQL Code Generator's client preset writes as persisted-documents.json: texts by hash. */
const codegenManifest = z.record(z.string().min(1), z.string().min(1));

/** Operations' texts by their IDs, from either format. */
export function parseManifest(
  text: string,
): { readonly value: Readonly<Record<string, string>> } | JsonFault {
  const data = parseJson(text);
  if (data === undefined) return { fault: 'is not JSON' };
  const documents = new Map<string, string>();
  const apollo = apolloManifest.safeParse(data);
  if (apollo.success) {
    for (const { id, body } of apollo.data.operations) {
      if ((documents.get(id) ?? body) !== body) {
        return { fault: `has two operations with the ID ${printable(id)}` };
      }
      documents.set(id, body);
    }
  } else {
    const codegen = codegenManifest.safeParse(data);
    if (!codegen.success) {
      return {
        fault:
          "is no manifest of operations: neither a mapping of IDs to texts (GraphQL Code Generator's) nor Apollo's format",
      };
    }
    for (const [id, body] of Object.entries(codegen.data)) documents.set(id, body);
  }
  if (documents.size === 0) return { fault: 'holds no operation' };
  return { value: Object.fromEntries(documents) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
