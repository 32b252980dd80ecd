import type { CustomerPosition, SegmentPosition } from '../directory/index.js';
import { gatewayError } from './request/errors.js';

/**
 * Encodes the position of a segment in a sorted list. A cursor contains the sort key of its item, not the item's
 * number, so it stays valid when items are added, removed or renamed. Clients must treat cursors as opaque.
 */
export function segmentCursor(position: SegmentPosition): string {
  return encode(['s', position.name, position.id, position.customerId, position.destinationId]);
}

/** @throws GraphQLError BAD_USER_INPUT if `cursor` is not a cursor of a list of segments */
export function parseSegmentCursor(cursor: string | null | undefined): SegmentPosition | null {
  if (cursor === null || cursor === undefined) return null;
  const [kind, name, id, customerId, destinationId] = decode(cursor, 5);
  if (
    kind !== 's' ||
    !(name === null || typeof name === 'string') ||
    typeof id !== 'string' ||
    typeof customerId !== 'string' ||
    typeof destinationId !== 'string'
  ) {
    throw badCursor();
  }
  return { name, id, customerId, destinationId };
}

/** Encodes the position of a customer in a sorted list. */
export function customerCursor(position: CustomerPosition): string {
  return encode(['c', position.name, position.id]);
}

/** @throws GraphQLError BAD_USER_INPUT if `cursor` is not a cursor of a list of customers */
export function parseCustomerCursor(cursor: string | null | undefined): CustomerPosition | null {
  if (cursor === null || cursor === undefined) return null;
  const [kind, name, id] = decode(cursor, 3);
  if (kind !== 'c' || typeof name !== 'string' || typeof id !== 'string') throw badCursor();
  return { name, id };
}

/** Encodes the number of a revision in a history. */
export function revisionCursor(number: number): string {
  return encode(['r', String(number)]);
}

/** @throws GraphQLError BAD_USER_INPUT if `cursor` is not a cursor of a history */
export function parseRevisionCursor(cursor: string | null | undefined): number | null {
  if (cursor === null || cursor === undefined) return null;
  const [kind, number] = decode(cursor, 2);
  if (kind !== 'r' || typeof number !== 'string' || !/^\d{1,15}$/.test(number)) throw badCursor();
  return Number(number);
}

function encode(parts: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(cursor: string, length: number): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === length) return parts as unknown[];
  } catch {
    // Not JSON, so not a cursor.
  }
  throw badCursor();
}

function badCursor(): Error {
  return gatewayError(
    'BAD_USER_INPUT',
    'after is not a cursor of this list; use endCursor or an edge cursor of the previous page.',
  );
}
