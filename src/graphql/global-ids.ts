/** What a global ID stands for. */
export type NodeReference =
  | { readonly kind: 'customer'; readonly customerId: string }
  | ({ readonly kind: 'destination' } & DestinationReference)
  | ({ readonly kind: 'segment' } & SegmentReference)
  | ({ readonly kind: 'revision' } & RevisionReference);

interface DestinationReference {
  readonly customerId: string;
  readonly destinationId: string;
}

interface SegmentReference extends DestinationReference {
  /** The gateway's own key of the segment, unique within the destination. */
  readonly key: string;
  /** The moment whose metadata is meant, in milliseconds since the epoch; `null`: now. */
  readonly at: number | null;
}

interface RevisionReference extends DestinationReference {
  /** Number of the revision within the destination. */
  readonly number: number;
}

/** Begins every global ID but those of customers. The configuration refuses customer IDs that begin with it. */
const PREFIX = '~';

/**
 * Maximum length of a global ID, in characters. An identifier has 1,000 characters at most, each of which takes 6 in
 * JSON at most; base64 makes that a third longer, and there is room for the IDs of customer and destination.
 */
export const MAX_GLOBAL_ID_LENGTH = 32_768;

/** The latest moment that a `Date` can hold, in milliseconds since the epoch. The earliest one is as far away. */
const MAX_TIME = 8.64e15;

/** The global ID of a destination. */
export function destinationGlobalId({ customerId, destinationId }: DestinationReference): string {
  return encode(['d', customerId, destinationId]);
}

/** The global ID of a segment. With `at`, each moment has another one. */
export function segmentGlobalId({ customerId, destinationId, key, at }: SegmentReference): string {
  return encode(
    at === null ? ['s', customerId, destinationId, key] : ['s', customerId, destinationId, key, at],
  );
}

/** The global ID of a revision. */
export function revisionGlobalId({ customerId, destinationId, number }: RevisionReference): string {
  return encode(['r', customerId, destinationId, number]);
}

/**
 * What a global ID stands for, whether or not that exists.
 *
 * @returns `null` if no gateway makes such an ID
 */
export function parseGlobalId(id: string): NodeReference | null {
  if (id === '' || id.length > MAX_GLOBAL_ID_LENGTH) return null;
  if (!id.startsWith(PREFIX)) return { kind: 'customer', customerId: id };
  const parts = decode(id.slice(PREFIX.length));
  const reference = parts === null ? null : referenceOf(parts);
  // The same parts can be written in several ways, but each object has only one ID.
  return reference !== null && encode(parts as Parts) === id ? reference : null;
}

type Parts = readonly (string | number)[];

function referenceOf(parts: readonly unknown[]): NodeReference | null {
  const [kind, customerId, destinationId, third, fourth] = parts;
  if (typeof customerId !== 'string' || typeof destinationId !== 'string') return null;
  const destination = { customerId, destinationId };
  if (kind === 'd' && parts.length === 3) return { kind: 'destination', ...destination };
  if (kind === 'r' && parts.length === 4 && isInteger(third) && third > 0) {
    return { kind: 'revision', ...destination, number: third };
  }
  if (kind !== 's' || typeof third !== 'string') return null;
  if (parts.length === 4) return { kind: 'segment', ...destination, key: third, at: null };
  return parts.length === 5 && isInteger(fourth) && Math.abs(fourth) <= MAX_TIME
    ? { kind: 'segment', ...destination, key: third, at: fourth }
    : null;
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function encode(parts: Parts): string {
  return PREFIX + Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(text: string): readonly unknown[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : null;
  } catch {
    // Not JSON, so not an ID of this API.
    return null;
  }
}
