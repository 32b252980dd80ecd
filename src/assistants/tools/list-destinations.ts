import * as z from 'zod';
import type { ListDestinationsQuery } from '../generated/operations.js';
import { LIST_DESTINATIONS } from '../operations.js';
import { AnswerSize, fitPage } from '../answer-size.js';
import { MAX_PAGE, after, customerId, cut, idType, pageEnd, pageSize, syncStatus } from '../shapes.js';
import { defineTool, fieldOf } from '../tool.js';

const destination = z.object({
  customerId: z.string(),
  customerName: z.string(),
  destinationId: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  type: z.enum(['SERVER_TO_SERVER', 'COOKIE', 'URL', 'PULL', 'ANALYTICS', 'PEOPLE_BASED', 'UNKNOWN']),
  active: z.boolean().nullable().describe('Whether it is active in Audience Manager; null: not known.'),
  segmentIdType: idType.describe('As what the IDs in its data are understood.'),
  segmentCount: z.number().int().describe('Number of known segments, with those that are deleted.'),
  syncStatus,
  lastReadAt: z.string().nullable().describe('When it was last read completely; null: never.'),
  lastError: z
    .object({ at: z.string(), code: z.string(), message: z.string() })
    .nullable()
    .describe('Why the last reading failed, and what to do.'),
});

/** Lists customers with their destinations. */
export const listDestinations = defineTool({
  name: 'list_destinations',
  title: 'List destinations',
  description:
    'Lists the customers and their Audience Manager destinations that may be seen, and says how current the names of each are.',
  input: z.strictObject({
    customerId: customerId.optional(),
    search: z
      .string()
      .max(500)
      .optional()
      .describe('Only destinations with all these words in name or ID, their own or those of the customer.'),
    first: pageSize(MAX_PAGE),
    after,
  }),
  output: z.object({
    totalCount: z.number().int().describe('Number of destinations on all pages.'),
    destinations: z.array(destination),
    ...pageEnd,
  }),
  run: async (input, { ask, maxFirst }) => {
    const answer = await ask(LIST_DESTINATIONS, { ...input, first: Math.min(input.first, maxFirst) });
    const { totalCount, edges, pageInfo } = fieldOf<ListDestinationsQuery['destinations']>(
      answer,
      'destinations',
    );
    const shaped = edges.map(({ cursor, node }) => ({ cursor, item: destinationOf(node) }));
    const { items, ...end } = fitPage({ items: shaped, pageInfo }, new AnswerSize());
    return { totalCount, destinations: items, ...end };
  },
});

type Listed = NonNullable<ListDestinationsQuery['destinations']>['edges'][number]['node'];

function destinationOf({ customer, sync, description, ...rest }: Listed): z.input<typeof destination> {
  return {
    customerId: customer.id,
    customerName: customer.name,
    ...rest,
    description: cut(description),
    segmentCount: sync.segmentCount,
    syncStatus: sync.status,
    lastReadAt: sync.lastSuccessAt,
    lastError: sync.lastError,
  };
}
