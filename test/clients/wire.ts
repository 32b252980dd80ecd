import type { Operation } from './client.js';
import { postQuery } from '../support/graphql-request.js';

/** The data that the gateway answers an operation with, sent as plain text over HTTP. Throws if it has errors. */
export async function overTheWire(url: string, { document, variables }: Operation): Promise<unknown> {
  const { data, errors } = await postQuery(url, document, variables);
  if (errors !== undefined) throw new Error(`the gateway answered with errors: ${JSON.stringify(errors)}`);
  return data;
}

/**
 * Compares an answer of a client with what came over the wire. What the client adds, such as `__typename`, does not
 * count.
 *
 * @returns one text for each field that differs, with its path and both values
 */
export function differences(wire: unknown, cached: unknown, path = 'data'): string[] {
  if (Array.isArray(wire) && Array.isArray(cached) && wire.length === cached.length) {
    return wire.flatMap((item, index) => differences(item, cached[index], `${path}[${index}]`));
  }
  if (isObject(wire) && isObject(cached)) {
    return Object.entries(wire).flatMap(([name, value]) =>
      differences(value, cached[name], `${path}.${name}`),
    );
  }
  if (Object.is(wire, cached)) return [];
  return [`${path}: ${JSON.stringify(cached)} instead of ${JSON.stringify(wire)}`];
}

/** Every `id` in an answer, once, in order. */
export function idsIn(answer: unknown): string[] {
  return [...new Set(objectsIn(answer).flatMap(({ id }) => (typeof id === 'string' ? [id] : [])))];
}

/** Every object in an answer, at any depth; an object comes before those below it. */
export function objectsIn(answer: unknown): Record<string, unknown>[] {
  if (Array.isArray(answer)) return answer.flatMap(objectsIn);
  return isObject(answer) ? [answer, ...Object.values(answer).flatMap(objectsIn)] : [];
}

/**
 * An answer with the `id`s of the first version of the API: a segment's is unique within its destination, a
 * destination's within its customer, and neither tells one moment from another.
 */
export function withFormerIds<T>(answer: T): T {
  const copy = structuredClone(answer);
  for (const object of objectsIn(copy)) {
    if (!('id' in object)) continue;
    if ('mappingId' in object) object['id'] = object['mappingId'] ?? `sid:${String(object['sid'])}`;
    else if ('destinationId' in object) object['id'] = object['destinationId'];
  }
  return copy;
}

/** `fetch` for a client that is to see {@link withFormerIds}. */
export const fetchWithFormerIds: typeof globalThis.fetch = async (input, init) => {
  const response = await fetch(input, init);
  return Response.json(withFormerIds(await response.json()), { status: response.status });
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
