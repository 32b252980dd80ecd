import * as z from 'zod';
import { shortened } from '../base/text.js';
import type { ToolSegmentFragment, ToolUnreadFragment } from './generated/operations.js';

/** Maximum number of items on a page. More would fill the context of most assistants. */
export const MAX_PAGE = 50;

/** Maximum length of a description in an answer, in characters. Longer ones are cut. */
const MAX_DESCRIPTION = 1_000;

export const customerId = z
  .string()
  .describe("The customer's ID in this gateway, such as list_destinations has it.");

export const destinationId = z.string().describe("The destination's ID in Audience Manager, such as 314.");

export const after = z
  .string()
  .optional()
  .describe('To get the next page: endCursor of the page before, with the same other arguments.');

export const status = z.enum(['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN']);

export const idType = z.enum(['AUTO', 'SID', 'MAPPING_ID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL']);

const source = z.enum(['AUDIENCE_MANAGER', 'MANUAL']);

export const problem = z
  .object({ code: z.string(), message: z.string().describe('What is wrong, and what to do.') })
  .describe('Why there is no answer.');

export type ToolProblem = z.output<typeof problem>;

export const syncStatus = z
  .enum(['FRESH', 'STALE', 'FAILING', 'NEVER', 'MANUAL'])
  .describe('How current its segments are. FAILING: reading it fails, and older names are still served.');

/** A destination that could not be looked into. */
const unreadDestination = z.object({
  customerId: z.string(),
  destinationId: z.string(),
  syncStatus,
  lastError: problem
    .nullable()
    .describe(
      'Why it could not be read, and what to do. Null: no error is known; it was not read yet, or there was too little time, or there were too many matches in it.',
    ),
});

/** Maximum number of destinations that are named because they could not be looked into. */
const MAX_UNREAD = 20;

/** Destinations that could not be looked into. */
export const unread = z
  .array(unreadDestination)
  .describe(
    `Destinations that could not be looked into completely, so that they may have more. If lastError is null, ask once more, with destinationId; else only when that has been put right. At most ${MAX_UNREAD}.`,
  );

/** The end of a page, in the answers of tools that give pages. */
export const pageEnd = {
  hasMore: z.boolean().describe('Whether there is a next page.'),
  endCursor: z.string().nullable().describe('Pass it as "after" to get the next page.'),
};

/** A segment, as tools answer it. */
export const segment = z.object({
  customerId: z.string(),
  customerName: z.string(),
  destinationId: z.string(),
  destinationName: z.string().nullable(),
  label: z.string().describe('Text to show: the name, else another text that tells the segment from others.'),
  name: z.string().nullable(),
  description: z.string().nullable().describe(`Cut after ${MAX_DESCRIPTION} characters.`),
  status: status.describe('DELETED: no longer sent; the name is kept for reports on older data.'),
  sid: z.string().nullable().describe("The segment's own ID in Audience Manager."),
  mappingId: z.string().nullable().describe('The ID of its mapping to the destination.'),
  alias: z.string().nullable(),
  value: z.string().nullable(),
  isTrait: z.boolean().describe('Whether it is a trait instead of a segment.'),
  source: source.describe('MANUAL: the name was given by hand or by a file of the customer.'),
  stale: z.boolean().describe('Whether it was not confirmed for longer than usual.'),
  asOf: z.string().describe('When it was last confirmed.'),
});

/** A change of a segment, as tools answer it. */
export const change = z.object({
  at: z.string().describe('When the gateway noticed it.'),
  kind: z.enum(['CREATED', 'RENAMED', 'DESCRIBED', 'STATUS_CHANGED', 'REMOVED', 'RESTORED']),
  segmentId: z.string().describe('The mapping ID, else a kind of ID and the ID, such as sid:80920.'),
  name: z.string().nullable().describe('The name after the change.'),
  description: z.string().nullable().describe(`After the change. Cut after ${MAX_DESCRIPTION} characters.`),
  status: status.describe('The status after the change.'),
  source,
  by: z.string().nullable().describe('Who made a change by hand; null: it came from Audience Manager.'),
});

/** How many items a page has. */
export function pageSize(usual: number): z.ZodDefault<z.ZodNumber> {
  return z
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(usual)
    .describe(`Maximum number of items on a page, 1 to ${MAX_PAGE}.`);
}

/** A segment of the API as the tools answer it. */
export function segmentOf(found: ToolSegmentFragment): z.input<typeof segment> {
  const { customer, destination, description, ...rest } = found;
  return {
    customerId: customer.id,
    customerName: customer.name,
    destinationId: destination.destinationId,
    destinationName: destination.name,
    ...rest,
    description: cut(description),
  };
}

/** Destinations of the API that could not be looked into, as the tools answer them. */
export function unreadOf(destinations: readonly ToolUnreadFragment[]): z.input<typeof unread> {
  return destinations
    .slice(0, MAX_UNREAD)
    .map(({ customer, destinationId: id, sync: { status: sync, lastError } }) => ({
      customerId: customer.id,
      destinationId: id,
      syncStatus: sync,
      lastError,
    }));
}

/** A description of which no more is given than an assistant needs. */
export function cut(description: string | null): string | null {
  return description === null ? null : shortened(description, MAX_DESCRIPTION);
}
