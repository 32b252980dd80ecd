import type { Variables } from './argument-values.js';

/** A request body with one operation and nothing else. */
export interface ParsedRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Variables;
}

/** Texts that can hold the keys `__proto__` or `constructor`. The full path refuses bodies with such keys. */
const SUSPICIOUS = /__proto__|constructor|\\u00/;

/** Parses a request body; `null` where the body is not plainly a GraphQL request. */
export function parseRequest(text: string): ParsedRequest | null {
  if (SUSPICIOUS.test(text)) return null;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(body)) return null;
  const { query, operationName, variables, ...others } = body;
  for (const _ in others) return null;
  if (typeof query !== 'string') return null;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== undefined && variables !== null && !isRecord(variables)) return null;
  return { query, operationName: operationName ?? null, variables: variables ?? {} };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
