import { z } from 'zod';

export type MappingStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/**
 * AAM's row that ties a segment to a destination, in our own terms.
 * Source: "Retrieve destinations", Return destination mappings.
 */
export interface Mapping {
  /** `destinationMappingId`, also spelled `mappingId` or `traitToDataOrderId`. */
  readonly id: string;
  /** The segment's own ID in the customer's account. */
  readonly sid: string | null;
  /** `traitAlias` or `valueAlias`: the customer's own key or value. */
  readonly alias: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: MappingStatus;
  /** YYYY-MM-DD. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
}

const identifier = z.union([
  z.int().nonnegative().transform(String),
  z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]{1,255}$/),
]);
const optionalIdentifier = identifier.nullish().catch(null);

/** Text as it came; absent and empty are the same to AAM, so they are to us. */
const optionalText = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null)
  .transform((text) => (text === undefined || text === '' ? null : text));

/** RFC 3339 ends with the year 9999. */
const LATEST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const optionalTime = z.coerce.number().int().min(1).max(LATEST_TIME).nullable().catch(null);

const optionalDate = z.iso
  .date()
  .nullish()
  .catch(null)
  .transform((date) => date ?? null);

const status = z
  .unknown()
  .optional()
  .transform((value): MappingStatus => {
    const text =
      typeof value === 'number' || typeof value === 'string' ? String(value).trim().toLowerCase() : '';
    switch (text) {
      case 'active':
      case '1':
        return 'ACTIVE';
      case 'inactive':
      case '0':
        return 'INACTIVE';
      case 'deleted':
        return 'DELETED';
      default:
        return 'UNKNOWN';
    }
  });

const row = z.object({
  destinationMappingId: optionalIdentifier,
  mappingId: optionalIdentifier,
  traitToDataOrderId: optionalIdentifier,
  sid: optionalIdentifier,
  traitAlias: optionalText,
  valueAlias: optionalText,
  elementName: optionalText,
  elementDescription: optionalText,
  elementStatus: status,
  startDate: optionalDate,
  endDate: optionalDate,
  createTime: optionalTime,
  updateTime: optionalTime,
});

/** One row of a listing, or `null` where it is odd: not an object, or without a usable ID. */
export function parseMapping(value: unknown): Mapping | null {
  const parsed = row.safeParse(value);
  if (!parsed.success) return null;
  const { data } = parsed;
  const id = data.destinationMappingId ?? data.mappingId ?? data.traitToDataOrderId;
  if (id === null || id === undefined) return null;
  return {
    id,
    // Mappings that are no segments carry 0 here.
    sid: data.sid === '0' ? null : (data.sid ?? null),
    alias: data.traitAlias ?? data.valueAlias,
    name: data.elementName,
    description: data.elementDescription,
    status: data.elementStatus,
    startDate: data.startDate,
    endDate: data.endDate,
    createdAt: data.createTime,
    updatedAt: data.updateTime,
  };
}
