import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CustomerPosition, DestinationPosition, SegmentPosition } from '../directory/index.js';
import { gatewayError } from './request/errors.js';

/** Maximum length of a cursor, in characters. */
const MAX_CURSOR_LENGTH = 4_096;

/** Longer positions are compressed, so that names of 1,000 characters of any script fit. In bytes. */
const MAX_PLAIN_BYTES = 1_024;

/** Maximum length of a position in a compressed cursor, in bytes. */
const MAX_POSITION_BYTES = 8_192;

/** Begins a compressed cursor. No other one begins with it, because base64url of JSON does not. */
const COMPRESSED = '~';

/** A position that does not fit is cut: this many characters of each text are kept. */
const CUT_LENGTH = 250;

/** Begins the cursor of a segment that has what was searched for as an identifier, instead of `s`. */
const EXACT = 'x';

/** Sorts after all characters. */
const LAST_CHARACTER = '\u{10ffff}';

/**
 * Encodes the position of a segment in a sorted list. A cursor contains the sort key of its item, not the item's
 * number, so it stays valid when items are added, removed or renamed. Clients must treat cursors as opaque.
 */
export function segmentCursor(position: SegmentPosition): string {
  return encode([
    position.isExact === true ? EXACT : 's',
    position.name,
    position.id,
    position.customerId,
    position.destinationId,
  ]);
}

/** @throws GraphQLError BAD_USER_INPUT if `cursor` is not a cursor of a list of segments */
export function parseSegmentCursor(cursor: string | null | undefined): SegmentPosition | null {
  if (cursor === null || cursor === undefined) return null;
  const [kind, name, id, customerId, destinationId] = decode(cursor, 5);
  if (
    (kind !== 's' && kind !== EXACT) ||
    !(name === null || typeof name === 'string') ||
    typeof id !== 'string' ||
    typeof customerId !== 'string' ||
    typeof destinationId !== 'string'
  ) {
    throw badCursor();
  }
  return { name, id, customerId, destinationId, ...(kind === EXACT && { isExact: true }) };
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

/** Encodes the position of a destination in a sorted list. */
export function destinationCursor(position: DestinationPosition): string {
  return encode(['d', position.name, position.id, position.customerId]);
}

/** @throws GraphQLError BAD_USER_INPUT if `cursor` is not a cursor of a list of destinations */
export function parseDestinationCursor(cursor: string | null | undefined): DestinationPosition | null {
  if (cursor === null || cursor === undefined) return null;
  const [kind, name, id, customerId] = decode(cursor, 4);
  if (
    kind !== 'd' ||
    !(name === null || typeof name === 'string') ||
    typeof id !== 'string' ||
    typeof customerId !== 'string'
  ) {
    throw badCursor();
  }
  return { name, id, customerId };
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

/** Encodes the ID of an import in a list of imports. */
export function importCursor(id: string): string {
  return encode(['i', id]);
}

/** @throws GraphQLError BAD_USER_INPUT if `cursor` is not a cursor of a list of imports */
export function parseImportCursor(cursor: string | null | undefined): string | null {
  if (cursor === null || cursor === undefined) return null;
  const [kind, id] = decode(cursor, 2);
  if (kind !== 'i' || typeof id !== 'string') throw badCursor();
  return id;
}

type Parts = readonly (string | null)[];

function encode(parts: Parts): string {
  const bytes = Buffer.from(JSON.stringify(parts));
  if (bytes.length <= MAX_PLAIN_BYTES) return bytes.toString('base64url');
  const cursor = bytes.length <= MAX_POSITION_BYTES ? compressed(bytes) : null;
  return cursor !== null && cursor.length <= MAX_CURSOR_LENGTH
    ? cursor
    : compressed(Buffer.from(JSON.stringify(parts.map(cut))));
}

function compressed(bytes: Buffer): string {
  return COMPRESSED + deflateRawSync(bytes).toString('base64url');
}

/**
 * Cuts a text of a position. The rest is replaced by the last of all characters, so that paging always goes on: behind
 * all items that begin like this one. Only names of more than 1,000 characters are so long, or such names with IDs
 * of several hundred characters.
 */
function cut(text: string | null): string | null {
  const characters = Array.from(text ?? '');
  return characters.length <= CUT_LENGTH ? text : characters.slice(0, CUT_LENGTH).join('') + LAST_CHARACTER;
}

function decode(cursor: string, length: number): unknown[] {
  if (cursor.length > MAX_CURSOR_LENGTH) throw badCursor();
  try {
    const parts: unknown = JSON.parse(bytesOf(cursor).toString());
    if (Array.isArray(parts) && parts.length === length) return parts as unknown[];
  } catch {
    // Not JSON, so not a cursor.
  }
  throw badCursor();
}

/** @throws if the text is not compressed as a cursor is */
function bytesOf(cursor: string): Buffer {
  if (!cursor.startsWith(COMPRESSED)) return Buffer.from(cursor, 'base64url');
  const bytes = Buffer.from(cursor.slice(COMPRESSED.length), 'base64url');
  return inflateRawSync(bytes, { maxOutputLength: MAX_POSITION_BYTES });
}

function badCursor(): Error {
  return gatewayError(
    'BAD_USER_INPUT',
    'after is not a cursor of this list; use endCursor or an edge cursor of the previous page.',
  );
}
