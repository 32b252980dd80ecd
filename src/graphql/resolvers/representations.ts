import type { GraphQLError } from 'graphql';
import type { SegmentIdType } from '../../config/index.js';
import { idMistake } from '../arguments.js';
import { parseGlobalId, type NodeReference } from '../global-ids.js';
import { gatewayError } from '../request/errors.js';
import type { Representation } from '../types/any.js';
import { SegmentIdTypeEnum } from '../types/enums.js';
import { ID } from '../types/id.js';
import type { ReferenceKey } from '../types/segment-reference.js';

/** What a representation stands for: an object, or a segment as data name it. */
export type Represented =
  | { readonly kind: 'object'; readonly reference: NodeReference | null }
  | { readonly kind: 'reference'; readonly key: ReferenceKey };

/** The kinds of global IDs by the type of the object. */
const KINDS: Readonly<Record<string, NodeReference['kind']>> = {
  Customer: 'customer',
  Destination: 'destination',
  Segment: 'segment',
};

/**
 * What a representation stands for.
 *
 * @param name of the representation in error messages
 * @throws GraphQLError BAD_USER_INPUT
 */
export function represented(representation: Representation, name: string): Represented {
  const { __typename: type } = representation;
  if (type === 'SegmentReference') return { kind: 'reference', key: referenceKey(representation, name) };
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined) throw unknownType(type, name);
  if (kind === 'destination' && !isGiven(representation['id'])) {
    const customerId = idOf(representation, 'customerId', name);
    const destinationId = idOf(representation, 'destinationId', name);
    return { kind: 'object', reference: { kind, customerId, destinationId } };
  }
  const reference = parseGlobalId(textOf(representation, 'id', name));
  return { kind: 'object', reference: reference?.kind === kind ? reference : null };
}

/** The IDs are checked here and not only by the lookup, because the object repeats them. */
function referenceKey(representation: Representation, name: string): ReferenceKey {
  return {
    customerId: idOf(representation, 'customerId', name),
    destinationId: idOf(representation, 'destinationId', name),
    segmentId: idOf(representation, 'segmentId', name),
    idType: idTypeOf(representation, name),
  };
}

/** How the row's ID is to be understood, if it says so. @throws GraphQLError BAD_USER_INPUT */
function idTypeOf({ idType }: Representation, name: string): SegmentIdType | null {
  if (!isGiven(idType)) return null;
  if (typeof idType === 'string' && Object.hasOwn(SegmentIdTypeEnum, idType)) return idType as SegmentIdType;
  const types = Object.keys(SegmentIdTypeEnum).join(', ');
  throw gatewayError('BAD_USER_INPUT', `${name}.idType is none of ${types}.`);
}

/** An ID of Audience Manager. @throws GraphQLError BAD_USER_INPUT if it is missing or malformed */
function idOf(representation: Representation, field: string, name: string): string {
  const id = textOf(representation, field, name);
  const mistake = idMistake(`${name}.${field}`, id);
  if (mistake !== null) throw mistake;
  return id;
}

/** An ID as a text. @throws GraphQLError BAD_USER_INPUT if it is missing, or a number that may have lost digits */
function textOf(representation: Representation, field: string, name: string): string {
  const value = representation[field];
  if (!isGiven(value)) {
    throw gatewayError('BAD_USER_INPUT', `${name} has no ${field}; send all fields of a key of its type.`);
  }
  try {
    return ID.parseValue(value);
  } catch (error) {
    throw gatewayError('BAD_USER_INPUT', `${name}.${field}: ${(error as Error).message}`);
  }
}

function unknownType(type: unknown, name: string): GraphQLError {
  const types = [...Object.keys(KINDS), 'SegmentReference'].join(', ');
  const problem = typeof type === 'string' ? `is of the type ${type}` : 'has no __typename';
  return gatewayError('BAD_USER_INPUT', `${name} ${problem}; it must be one of ${types}.`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
